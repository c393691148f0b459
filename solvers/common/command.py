"""The command of each solver, built from its configuration, and how commands report errors."""

import os
import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from skyedge.problem import InputError
from skyedge.solvers.common.base import configure
from skyedge.solvers.common.registry import available, get, parse_spec, solve

MISUSE, INTERRUPTED = 2, 130


def leave(error: BaseException) -> NoReturn:
    """End the program: a user's mistake is one line on stderr and exit status 2; other errors are raised again."""
    _give_up_stdout_if_broken()
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message())
        sys.exit(0)
    if isinstance(error, BrokenPipeError):  # the reader of a pipe, say `head`, has seen enough
        sys.exit(1)
    if isinstance(error, KeyboardInterrupt | click.Abort):
        _say(f"interrupted: {str(error) or 'what was not finished is not written'}", INTERRUPTED)
    if isinstance(error, click.ClickException):
        context = getattr(error, "ctx", None)
        hint = f": see {context.command_path} --help" if context else ""
        _say(error.format_message().rstrip(".") + hint, MISUSE)
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        _say(f"{where}{error.strerror or error}: check the path and the space left on it", MISUSE)
    if isinstance(error, InputError):
        _say(str(error), MISUSE)
    raise error


def _give_up_stdout_if_broken() -> None:
    """Let go of what cannot be printed, or Python would try again at its end and complain."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(message: str, status: int) -> NoReturn:
    click.echo(f"skyedge: error: {' '.join(message.split())}", err=True)
    sys.exit(status)


def solver_command(spec: str) -> click.Command:
    """Build the command of a solver, its options' defaults as the specification sets them."""
    name, preset = parse_spec(spec)
    solver = get(name)
    config = configure(solver, preset)
    options = [
        click.Option(
            [f"--{field.replace('_', '-')}", field],
            default=str(getattr(config, field)),
            show_default=True,
            help=info.description,
        )
        for field, info in solver.Config.model_fields.items()
    ]
    common: list[click.Parameter] = [
        click.Argument(["instance_path"], metavar="INSTANCE", type=click.Path(path_type=Path)),
        click.Option(["-o", "--output"], type=click.Path(path_type=Path), help="Where to write the decision."),
        click.Option(["--seconds"], type=click.FloatRange(min=0, min_open=True), help="Wall-time budget."),
        click.Option(["--seed"], type=click.IntRange(min=0), default=0, show_default=True, help="Solver's seed."),
    ]

    def callback(instance_path: Path, output: Path | None, seconds: float | None, seed: int, **config: str) -> None:
        _solve(name, instance_path, output, seconds, seed, config)

    help_text = f"{solver.__doc__}\n\nSolve INSTANCE ({solver.information}) and print its exact score."
    return click.Command(name, params=common + list(options), callback=callback, help=help_text)


def _solve(
    name: str,
    instance_path: Path,
    output: Path | None,
    seconds: float | None,
    seed: int,
    config: dict[str, Any],
) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from skyedge.problem import Instance, evaluate

    instance = Instance.load(instance_path)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, transient=True, disable=not sys.stderr.isatty(), console=Console(stderr=True)) as bar:
        task = bar.add_task(name, total=1.0)
        solution = solve(name, instance, seconds, seed, config, lambda share: bar.update(task, completed=share))
    if output and solution.decision is not None:  # before anything is printed: its reader may leave
        solution.decision.save(output)
    for line in solution.log:
        click.echo(line, err=True)
    bound = "" if solution.bound is None else f"  bound {solution.bound:.6f}"
    click.echo(f"{name}: {solution.status} after {solution.wall_s:.2f} s{bound}")
    if solution.decision is not None:
        score = evaluate(instance, solution.decision)
        latency = f"{score.mean_latency_s:.4f} s" if score.served.any() else "none"
        click.echo(
            f"cost {score.cost:.6f}  served {score.served_fraction:.4f}  latency {latency}  "
            f"energy {score.energy_per_slot_j:.2f} J/slot"
        )
    if solution.status == "failed":
        raise click.exceptions.Exit(1)


class SolveGroup(click.Group):
    """Sub-commands are the registered solvers, each imported only when it is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all solvers."""
        return available()

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Build the command of ``name`` or ``'name[option=value]'``."""
        return solver_command(cmd_name)


def main() -> None:
    """Run the command of the solver that is named first: ``python -m skyedge.solvers NAME INSTANCE``."""
    try:
        status = SolveGroup().main(prog_name="python -m skyedge.solvers", standalone_mode=False)
        sys.stdout.flush()  # here, where an error can still be told
        sys.exit(status)
    except Exception as error:
        leave(error)
