"""Runs a multimodal model on questions about images, and writes what was measured as an entry of the catalogue."""

from pathlib import Path

from skyedge.problem.common import InputError, require_extra, write_text
from skyedge.results import console
from skyedge.results.model_profile.settings import Settings

PACKAGES = ("transformers", "PIL", "tomli_w")  # of the extra


def profile_model(settings: Settings, prompts: Path | None = None, output: Path | None = None) -> None:
    """Measure a model, write its entry and print what came out.

    Parameters
    ----------
    settings : Settings
    prompts : Path, optional
        Questions about images, see :func:`skyedge.results.model_profile.prompts.read_prompts`; a few are drawn if not
        given.
    output : Path, optional
        File to write, which must not exist; named after the model if not given.

    Raises
    ------
    InputError
        If the extra is not installed, or there is no such model, no usable prompt or no place to write to.
    """
    require_extra("models", "profile-model", *PACKAGES)
    from skyedge.results.describe.catalogues import measured
    from skyedge.results.model_profile.entry import entries_of, toml
    from skyedge.results.model_profile.loading import load
    from skyedge.results.model_profile.prompts import drawn_prompts, read_prompts
    from skyedge.results.model_profile.timing import measure

    path = output or Path(f"{settings.model}.toml")
    _refuse_to_write(path)
    questions = drawn_prompts() if prompts is None else read_prompts(prompts)
    remarks = console.remarks()
    model = load(settings, remarks)
    entries = entries_of(settings, questions.origin, model, measure(model, questions.prompts, settings, remarks))
    write_text(path, toml(entries, path.name))
    console.results().print(measured(entries.measurements))
    remarks.print(f"written: {path}")


def _refuse_to_write(path: Path) -> None:
    """Refuse now what would fail after all the work."""
    if path.exists():
        raise InputError(f"{path}: exists, and is not replaced: choose another file, or remove it")
    if not path.absolute().parent.is_dir():
        raise InputError(f"{path}: its folder does not exist: make it, or choose another file")
