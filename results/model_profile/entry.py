"""An entry of the catalogue, from what was measured."""

import platform
from collections.abc import Sequence
from datetime import date

import tomli_w
import torch
import transformers

from skyedge.problem.catalogue import Entries, Measurement, Model, Quartiles, Version, shipped
from skyedge.results.model_profile.computer import computer, peak_gb
from skyedge.results.model_profile.loading import Loaded
from skyedge.results.model_profile.settings import Settings, basename
from skyedge.results.model_profile.timing import Replies

HEADER = """\
# Measured by skyedge profile-model. A scenario beside this file can name it:
# uav_model = {{ catalogue = "{file}", model = "{model}", precision = "{precision}", hardware = "{hardware}" }}
# and gives accuracy and compute_w, the watts that the computer draws, where they are not known here.

"""


def entries_of(settings: Settings, prompts: str, model: Loaded, replies: Sequence[Replies]) -> Entries:
    """Return the entries of the model, of the computer if the catalogue has it not yet, and of the measurement."""
    measurement = _measurement(settings, prompts, model, replies)
    found = Model(title=basename(settings.source), parameters=model.parameters, versions=(_version(measurement),))
    name = settings.hardware
    return Entries(
        models={settings.model: found},
        hardware={} if name in shipped().hardware else {name: computer(settings.device)},
        measurements=(measurement,),
    )


def toml(entries: Entries, file: str) -> str:
    """Return the text of a file that :meth:`skyedge.problem.catalogue.Entries.read` reads."""
    one = entries.measurements[0]
    header = HEADER.format(file=file, model=one.model, precision=one.precision, hardware=one.hardware)
    return header + tomli_w.dumps(entries.model_dump(exclude_none=True))


def _version(one: Measurement) -> Version:
    by = f"skyedge profile-model, {one.date}"
    made = Version(
        precision=one.precision,
        tokens_per_s={one.hardware: one.tokens_per_s.median},
        rate_source=f"{by}: {one.prompts}, batch size 1, greedy",
    )
    if not one.answered:
        return made
    source = f"{by}: {one.right} of {one.answered} questions of {one.prompts}"
    return made.model_copy(update={"accuracy": one.right / one.answered, "accuracy_source": source})


def _measurement(settings: Settings, prompts: str, model: Loaded, replies: Sequence[Replies]) -> Measurement:
    first = [one.repeats[0] for one in replies]
    words, tokens = (sum(getattr(one, name) for one in first) for name in ("output_words", "output_tokens"))
    marks = [one.right for one in replies if one.right is not None]
    lengths = ("prefill_s", "input_tokens", "output_tokens", "output_words")
    return Measurement(
        model=settings.model,
        precision=settings.precision,
        hardware=settings.hardware,
        date=date.today(),
        source=settings.source,
        device=settings.device,
        threads=torch.get_num_threads() if settings.device == "cpu" else None,
        versions={
            "python": platform.python_version(),
            "torch": torch.__version__,
            "transformers": transformers.__version__,
        },
        prompts=prompts,
        prompt_count=len(replies),
        repeats=settings.repeats,
        max_new_tokens=settings.max_new_tokens,
        cut_off=sum(one.output_tokens == settings.max_new_tokens for one in first),
        tokens_per_word=tokens / words if words else None,
        weights_gb=model.weights_gb,
        peak_gb=peak_gb(settings.device),
        answered=len(marks),
        right=sum(marks),
        tokens_per_s=Quartiles.of([one.tokens_per_s for one in replies if one.tokens_per_s is not None]),
        **{name: Quartiles.of([one.median(name) for one in replies]) for name in lengths},
    )
