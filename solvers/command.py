"""The command of each solver, built from its configuration, and how commands report errors."""

import sys
from pathlib import Path
from typing import Any

import click

from problem.errors import InputError, nearest
from solvers import base

MISUSE, INTERRUPTED = 2, 130


def run(command: click.Command, program: str) -> None:
    """Run a command; a user's mistake is one line on stderr and exit status 2."""
    try:
        sys.exit(command.main(prog_name=program, standalone_mode=False))
    except click.UsageError as error:
        hint = f" (see {error.ctx.command_path} --help)" if error.ctx else ""
        _leave(f"{error.format_message()}{hint}", MISUSE)
    except (click.ClickException, InputError) as error:
        _leave(error.format_message() if isinstance(error, click.ClickException) else str(error), MISUSE)
    except OSError as error:
        _leave(f"{error.filename or 'file'}: {error.strerror or error}: check the path", MISUSE)
    except (click.Abort, KeyboardInterrupt):
        _leave("interrupted: what was finished is kept", INTERRUPTED)


def _leave(message: str, status: int) -> None:
    click.echo("skyedge: error: " + " ".join(message.split()), err=True)
    sys.exit(status)


def main(name: str) -> None:
    """Run one solver's command: ``python -m solvers.<name>``."""
    run(solver_command(name), f"python -m solvers.{name.replace('-', '_')}")


def solver_command(spec: str) -> click.Command:
    """Build the command of a solver, its options' defaults as the specification sets them."""
    name, preset = base.parse_spec(spec)
    solver = base.get(name)
    config = base.configure(solver, preset)
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
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from problem import Instance, evaluate

    instance = Instance.load(instance_path)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, transient=True) as bar:
        task = bar.add_task(name, total=1.0)
        solution = base.solve(name, instance, seconds, seed, config, lambda share: bar.update(task, completed=share))
    for line in solution.log:
        click.echo(line, err=True)
    bound = "" if solution.bound is None else f"  bound {solution.bound:.6f}"
    click.echo(f"{name}: {solution.status} after {solution.wall_s:.2f} s{bound}")
    if solution.decision is not None:
        score = evaluate(instance, solution.decision)
        click.echo(
            f"cost {score.cost:.6f}  served {score.served_fraction:.4f}  latency {score.mean_latency_s:.4f} s  "
            f"energy {score.energy_per_slot_j:.2f} J/slot"
        )
        if output:
            solution.decision.save(output)
    if solution.status == "failed":
        raise click.exceptions.Exit(1)


class SolveGroup(click.Group):
    """Sub-commands are the registered solvers, each imported only when it is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all solvers."""
        return base.available()

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Build the command of ``name`` or ``'name[option=value]'``."""
        return solver_command(cmd_name)


class SuggestingGroup(click.Group):
    """A group that names the nearest sub-command when one is unknown."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the sub-command."""
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            ctx.fail(f"there is no command {args[0]!r}: {nearest(args[0], self.list_commands(ctx))}")
        return super().resolve_command(ctx, args)
