"""The command line: a command calls a function of the floors below, imported then, so that --help is instant."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from skyedge import paths

FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)
RUNS, TRAINED, PUBLISHED = map(paths.named, (paths.RUNS, paths.TRAINED, paths.PUBLISHED))
IMAGES = (".png", ".pdf", ".svg")
ONLY = "What to compute: cells that are not stored, or those that are and have failed."
CHOSEN = "Run this solver, 'name[option=value]', instead of the campaign's; may be repeated."


def number(*names: str, default: int, least: int = 1, **settings: Any) -> Callable[[Any], Any]:
    """Return an option that takes a whole number."""
    return click.option(*names, type=click.IntRange(min=least), default=default, show_default=True, **settings)


def output(kind: click.Path, what: str) -> Callable[[Any], Any]:
    """Return the option that says where to write."""
    return click.option("-o", "--output", type=kind, help=what)


def main() -> None:
    """Run the command line; what a user got wrong is one line on stderr and exit status 2."""
    _open_standard_streams()
    try:
        status = cli.main(prog_name="skyedge", standalone_mode=False)
        sys.stdout.flush()  # here, where an error can still be told
        sys.exit(status)
    except (Exception, KeyboardInterrupt) as error:
        _commands().leave(error)


def _open_standard_streams() -> None:
    """Open those that are closed, or what is printed would go into the first files that are opened."""
    while (handle := os.open(os.devnull, os.O_RDWR)) < 3:
        pass
    os.close(handle)
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)


def _commands() -> Any:
    """Return the module of the solvers' commands, which is slow to import."""
    from skyedge.solvers.common import command

    return command


class FrontDoor(click.Group):
    """The group of all commands."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:  # before click turns it into an empty line
            return _commands().leave(error)


class LazySolvers(click.Group):
    """The commands of the solvers, imported when one is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all solvers."""
        return _commands().SolveGroup().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Build a solver's command."""
        return _commands().SolveGroup().get_command(ctx, cmd_name)


@click.group(cls=FrontDoor, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="skyedge")
def cli() -> None:
    """Benchmark solvers for offloading multimodal-LLM inference to UAVs and LEO satellites."""


@cli.command()
@click.argument("scenario")
@number("--seed", default=0, least=0, help="Number of the instance.")
@output(FILE, "File to write.  [default: NAME-SEED.npz]")
def generate(scenario: str, seed: int, output: Path | None) -> None:
    """Draw an instance of SCENARIO, a preset's name or a TOML file."""
    from skyedge import problem

    world = problem.Scenario.load(scenario)
    path = output or Path(f"{world.name}-{seed}.npz")
    problem.generate(world, seed).save(path)
    click.echo(f"written: {path}", err=True)


@cli.command()
@click.argument("instance", type=FILE)
@output(FILE, "Image to write: png, pdf or svg.  [default: INSTANCE's name, .png]")
def show(instance: Path, output: Path | None) -> None:
    """Describe INSTANCE in tables, and draw its map.

    Further images, named after it, show the windows of satellites over time, and the sky of a constellation.
    """
    from skyedge.problem import Instance
    from skyedge.results import console
    from skyedge.results.describe.world_summary import describe
    from skyedge.results.figures.world_map import write_maps

    path = output or instance.with_suffix(".png")
    if path.suffix.lower() not in IMAGES:
        raise click.BadParameter(f"{path} must end in one of {', '.join(IMAGES)}", param_hint="--output")
    world = Instance.load(instance)
    images = write_maps(world, path)
    console.results().print(*describe(world), sep="\n")
    console.remarks().print(*(f"written: {image}" for image in images), sep="\n")


cli.add_command(LazySolvers("solve", help="Run one solver on one instance."))


@cli.command()
@click.argument("instance", type=FILE)
@click.argument("plan", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead.")
@number("--limit", default=20, least=0, help="Failures that are listed.")
def score(instance: Path, plan: Path, as_json: bool, limit: int) -> None:
    """Score a decision exactly.

    Says which requests of INSTANCE are not served under PLAN, which constraint each breaks, and by how much.
    """
    from skyedge.results.describe.scorecard import Scorecard

    Scorecard.load(instance, plan).print(limit, as_json)


@cli.command()
@click.argument("instance", type=FILE)
@output(FILE, "File to write: nl, gms or bar.  [default: INSTANCE's name, .nl]")
@click.option("--slots", default="0", show_default=True, metavar="FIRST[:END]", help="Slots of the model.")
def export(instance: Path, output: Path | None, slots: str) -> None:
    """Write the exact model of some slots of INSTANCE as a file for MINLP solvers.

    Formats are those of AMPL (nl), GAMS (gms) and BARON (bar). UAVs start where INSTANCE's do.
    """
    from skyedge.results.describe.export import export as write

    click.echo(f"written: {write(instance, slots, output)}", err=True)


@cli.command()
def solvers() -> None:
    """List the solvers with what they see and their options."""
    from skyedge.results.describe.catalogues import print_solvers

    print_solvers()


@cli.command()
@click.argument("entries", required=False, type=FILE)
def catalogue(entries: Path | None) -> None:
    """List the models and the hardware that scenarios may name, with figures and sources.

    ENTRIES is a TOML file of one's own, such as profile-model writes; what it holds is listed too.
    """
    from skyedge.results.describe.catalogues import print_models

    print_models(entries)


@cli.command("profile-model")
@click.argument("model")
@click.option("--prompts", type=FILE, help="JSONL of questions about images.  [default: a few that are drawn]")
@number("--max-new-tokens", default=240, least=2, help="Of a reply.")
@number("--repeats", default=1, help="Of each prompt.")
@click.option("--precision", type=click.Choice(["fp32", "fp16", "bf16"]), help="[default: fp16 on cuda, fp32 on cpu]")
@click.option("--device", type=click.Choice(["cpu", "cuda"]), help="[default: cuda if torch sees one]")
@click.option("--name", metavar="NAME", help="Of the model in the entry.  [default: MODEL's]")
@click.option("--hardware", metavar="NAME", help="Of the computer in the entry.  [default: its processor's or GPU's]")
@output(FILE, "File to write, that does not exist.  [default: NAME.toml]")
def profile_model(model: str, prompts: Path | None, output: Path | None, **settings: Any) -> None:
    """Measure a multimodal MODEL on this computer, for the catalogue.

    MODEL is a folder, or a name on the Hugging Face hub. It answers questions about images, one at a time; speed,
    lengths of replies and memory are written as an entry that a scenario can name. Needs the extra 'models'.
    """
    from skyedge.results.model_profile import profile_model as profile
    from skyedge.results.model_profile.settings import Settings

    profile(Settings.chosen(model, **settings), prompts, output)


@cli.command()
@click.argument("algorithm")
@click.option("--scenario", default="paper", show_default=True, metavar="NAME|TOML", help="World to learn in.")
@click.option(
    "--track",
    type=click.Choice(["plain", "structured", "model-based"]),
    help="What the policy sees: the raw state, or features and masks; or exact optimisation is part of it.  "
    "[default: structured; of adp model-based]",
)
@number("--seed", default=0, least=0, help="Of weights and episodes.")
@number("--slots", default=50_000, help="Slots to learn from.")
@output(FOLDER, f"Folder.  [default: {TRAINED}/ALGORITHM-SCENARIO-TRACK-SEED]")
@click.option("--resume", is_flag=True, help="Go on with the run in the folder, if there is one.")
def train(algorithm: str, scenario: str, output: Path | None, resume: bool, **run: Any) -> None:
    """Train a policy with a learning ALGORITHM.

    A run that was interrupted, or killed, goes on with --resume and ends as if nothing had happened.
    """
    from skyedge.results.training.one_run import TrainingRun, run_training

    run_training(TrainingRun.of(algorithm, scenario, **run), output, resume)


@cli.command("train-all")
@click.argument("trainings")
@number("-j", "--jobs", default=1, help="Runs at a time.")
@output(FOLDER, f"Folder of the runs' folders.  [default: {TRAINED}]")
@click.option("--publish", "ship", is_flag=True, help="Copy finished policies to results/published/policies.")
@click.option(
    "--stale",
    type=click.Choice(["retrain", "keep"]),
    help="Runs of other code than is here: remove them and train anew, or take finished ones as they are.  "
    "[default: stop and say so]",
)
def train_all(trainings: str, output: Path | None, **choices: Any) -> None:
    """Train policies over algorithms, tracks and seeds.

    TRAININGS is a shipped list's name or a TOML file. The same command goes on with what was interrupted or killed.
    """
    from skyedge.results.training.run_all import train_all as run

    run(trainings, output, **choices)


@cli.command()
@click.argument("campaign")
@click.option("-s", "--solver", "solvers", multiple=True, metavar="SOLVER", help=CHOSEN)
@number("-j", "--jobs", default=1, help="Cells run at a time.")
@output(FOLDER, f"Folder to write to.  [default: {RUNS}/NAME]")
@click.option("--only", type=click.Choice(["missing", "failed"]), default="missing", show_default=True, help=ONLY)
@click.option("--scheduler", default="", metavar="ADDRESS", help="Run cells on the workers of this Dask scheduler.")
@click.option("--dry-run", is_flag=True, help="Say what is stored and what would be computed, and write nothing.")
def benchmark(campaign: str, output: Path | None, **choices: Any) -> None:
    """Compare solvers on identical instances.

    CAMPAIGN is a shipped campaign's name or a TOML file. Only what is not stored yet is computed, so the same command
    goes on with what was interrupted or killed; several at once on one folder share the work.
    """
    from skyedge.results.benchmark import run_campaign

    run_campaign(campaign, output, **choices)


@cli.command()
@click.argument("publication", default="paper")
@number("-j", "--jobs", default=1, help="Cells run at a time.")
@click.option("--runs", type=FOLDER, help=f"Folder of the campaigns' folders.  [default: {RUNS}]")
@output(FOLDER, f"Folder to write to.  [default: {PUBLISHED}]")
def publish(publication: str, jobs: int, runs: Path | None, output: Path | None) -> None:
    """Run the campaigns of a PUBLICATION, and write its tables, figures and reports.

    PUBLICATION is a shipped one's name or a TOML file, paper by default. Only cells that are missing are computed, so
    the same command goes on with what was interrupted or killed. Writes which claims of the paper hold, too.
    """
    from skyedge.results.publication.publish import publish as run

    run(publication, jobs, runs, output)


@cli.group(invoke_without_command=True)
@click.pass_context
def sets(ctx: click.Context) -> None:
    """List frozen instance sets, or work on one.

    A set names its instances for good, and holds a certified bound and the best decision known of each.
    """
    if ctx.invoked_subcommand is None:
        from skyedge.results.instance_sets.admin import catalogue

        catalogue()


@sets.command("instances")
@click.argument("name", metavar="SET")
@output(FOLDER, "Folder to write to.  [default: the set's name]")
def sets_instances(name: str, output: Path | None) -> None:
    """Write the instances of SET, each named after its seed, as 0.npz."""
    from skyedge.results.instance_sets.admin import write_instances

    write_instances(name, output)


@sets.command("improve")
@click.argument("name", metavar="SET")
@click.argument("source", required=False, type=click.Path(path_type=Path))
@click.option("--solver", metavar="SPEC", help="Run a solver on every instance instead.")
@click.option("--seconds", type=click.FloatRange(0, min_open=True), default=60.0, show_default=True, help="Its time.")
def sets_improve(name: str, source: Path | None, solver: str | None, seconds: float) -> None:
    """Take what is better than what is known into the files of SET.

    SOURCE is a folder of decisions, named after their instances as 0.npz, or that of a campaign, whose bounds count.
    """
    from skyedge.results.instance_sets.admin import improve

    improve(name, source, solver, seconds)


@sets.command("create")
@click.argument("name", metavar="SET")
@click.argument("scenario")
@number("--instances", default=10, help="How many.")
@click.option("-o", "--output", type=FOLDER, default=".", show_default=True, help="Folder to write to.")
def sets_create(name: str, scenario: str, instances: int, output: Path) -> None:
    """Make a set of instances of SCENARIO, with a version in its name, such as valley-v1."""
    from skyedge.problem import Scenario
    from skyedge.results.instance_sets.admin import create

    create(name, Scenario.load(scenario), instances, output)


@cli.command()
@click.argument("name", metavar="SET")
@click.argument("submission", type=click.Path(path_type=Path))
def verify(name: str, submission: Path) -> None:
    """Check decisions for the instances of a frozen SET.

    SUBMISSION is a folder of decisions, named after their instances as 0.npz, or one such file. Each is scored exactly,
    and compared with the bound and with the best decision known.
    """
    from skyedge.results.instance_sets.verify import verify as check

    check(name, submission)


@cli.command()
@click.argument("directory", type=FOLDER)
def report(directory: Path) -> None:
    """Rebuild the tables, figures and report of a campaign.

    DIRECTORY is where it was written; nothing is computed anew.
    """
    from skyedge.results.benchmark import report as rebuild

    rebuild(directory)
