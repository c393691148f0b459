"""A multimodal model from a folder or from the hub: weights from safetensors alone, and no code that comes with it."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import torch
import transformers
from rich.console import Console
from transformers.models.auto.configuration_auto import CONFIG_MAPPING
from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING

from skyedge.problem.common import InputError, one_line
from skyedge.results.model_profile.settings import Settings

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
HUB_NAME = re.compile(r"\w[\w.-]*/[\w.-]+")


class Loaded(NamedTuple):
    """A model, and what turns questions and images into its input."""

    model: Any
    processor: Any

    @property
    def parameters(self) -> int:
        """How many weights there are."""
        return sum(weights.numel() for weights in self.model.parameters())

    @property
    def weights_gb(self) -> float:
        """What they occupy [GB]."""
        return sum(weights.nbytes for weights in self.model.parameters()) / 1e9


@contextmanager
def blamed_on(what: str) -> Iterator[None]:
    """Turn whatever goes wrong with files and code of others into one line about ``what``."""
    try:
        yield
    except InputError:
        raise
    except torch.OutOfMemoryError:
        raise InputError(f"{what}: the device has too little memory: choose a smaller model or precision") from None
    except Exception as error:
        reason = one_line(str(error)).rstrip(".") or type(error).__name__
        raise InputError(f"{what}: the model cannot be used ({reason}): mend it, or choose another") from None


def load(settings: Settings, remarks: Console) -> Loaded:
    """Load a model onto a device.

    Raises
    ------
    InputError
        If there is none, it takes no images, its weights are incomplete, quantised or pickled, or it does not fit.
    """
    source = settings.source
    _refuse_no_model(source)
    os.environ.setdefault("DISABLE_SAFETENSORS_CONVERSION", "1")  # else the hub is asked to convert pickled weights
    transformers.logging.set_verbosity_error()
    if not remarks.is_terminal:
        transformers.logging.disable_progress_bar()
    remarks.print(f"loading {source} in {settings.precision} on {settings.device}")
    with blamed_on(source):
        _refuse_type(source, transformers.PreTrainedConfig.get_config_dict(source)[0])
        processor = transformers.AutoProcessor.from_pretrained(source, trust_remote_code=False)
        model, found = transformers.AutoModelForImageTextToText.from_pretrained(
            source,
            dtype=DTYPES[settings.precision],
            use_safetensors=True,
            trust_remote_code=False,
            output_loading_info=True,
        )
        model = model.to(settings.device).eval()
    if missing := found["missing_keys"]:
        raise InputError(f"{source}: {len(missing)} weights are missing, such as {min(missing)}: choose another model")
    return Loaded(model, processor)


def _refuse_no_model(source: str) -> None:
    path = Path(source)
    if path.is_dir():
        if not (path / "config.json").is_file():
            raise InputError(f"{source}: holds no config.json, so no model: name the folder of one")
        if not any(path.glob("*.safetensors")):
            raise InputError(f"{source}: has no weights as safetensors, and pickled ones are never read: convert them")
    elif path.exists():
        raise InputError(f"{source}: is a file: name the folder that the model is saved in")
    elif not HUB_NAME.fullmatch(source):
        raise InputError(f"{source}: no such folder, nor a name on the hub, as ORGANISATION/MODEL: check it")


def _refuse_type(source: str, config: dict[str, Any]) -> None:
    kind = config.get("model_type")
    if kind not in CONFIG_MAPPING:
        raise InputError(
            f"{source}: transformers has no model of type {kind!r}, and code that comes with one is not run: "
            "name another model"
        )
    if CONFIG_MAPPING[kind] not in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING:
        raise InputError(f"{source}: a model of type {kind!r} answers no questions about images: name one that does")
    if config.get("quantization_config"):
        raise InputError(f"{source}: its weights are quantised, which cannot be measured yet: name one that is not")
