"""What a model is asked: questions about images, from a file or drawn here."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
from PIL import Image, ImageDraw
from pydantic import Field, ValidationError

from skyedge.problem.common import InputError, Strict, first_mistake, read_text, refuse_unknown

SIZE = (640, 480)  # of drawn images
SHAPES = 12  # on each
QUESTIONS = (
    "Describe everything that you see in this picture, and where it is.",
    "How many shapes are there, and which of them overlap? Explain how you counted.",
    "Which colours are in this picture? Name the largest area of each.",
    "Tell a short story that this picture could illustrate.",
)


class Prompt(NamedTuple):
    """A question about an image, which is opened when it is needed."""

    text: str
    image: Callable[[], Image.Image]
    answer: str | None = None  # the letter of the right choice


class Prompts(NamedTuple):
    """Prompts, and where they are from."""

    origin: str
    prompts: tuple[Prompt, ...]


class PromptLine(Strict):
    """A line of a file of prompts."""

    image: Annotated[str, Field(min_length=1)]
    text: Annotated[str, Field(min_length=1)]
    answer: Annotated[str, Field(pattern="^[A-Z]$")] | None = None


def read_prompts(path: Path) -> Prompts:
    """Read a JSONL file: on each line an object with ``image`` (a path from the file), ``text`` and maybe ``answer``.

    Raises
    ------
    InputError
        If it cannot be read or is empty, or naming the line that is wrong or whose image cannot be read.
    """
    lines = [(number, text) for number, text in enumerate(read_text(path).split("\n"), start=1) if text.strip()]
    if not lines:
        raise InputError(f'{path}: has no prompts: write {{"image": ..., "text": ...}} on each line')
    prompts = []
    for number, text in lines:
        try:
            prompts.append(_prompt(text, path.parent))
        except InputError as error:
            raise InputError(f"{path}: line {number}: {error}") from None
    return Prompts(path.name, tuple(prompts))


def drawn_prompts() -> Prompts:
    """Return a few questions about pictures of coloured shapes, the same every time."""
    prompts = tuple(Prompt(text, partial(_draw, number)) for number, text in enumerate(QUESTIONS))
    return Prompts(f"{len(prompts)} drawn images of {SIZE[0]} x {SIZE[1]} pixels", prompts)


def _prompt(text: str, folder: Path) -> Prompt:
    try:
        values = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"not JSON ({error}): write one object on each line") from None
    if not isinstance(values, dict):
        raise InputError('not an object: write {"image": ..., "text": ...}')
    refuse_unknown("key", values, PromptLine.model_fields)
    try:
        line = PromptLine.model_validate(values)
    except ValidationError as error:
        raise InputError(first_mistake(error)) from None
    image = partial(_open, folder / line.image)
    image()
    return Prompt(line.text, image, line.answer)


def _open(path: Path) -> Image.Image:
    try:
        with Image.open(path) as image:
            return image.convert("RGB")
    except FileNotFoundError:
        raise InputError(f"image {path}: no such file: check the path") from None
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InputError(f"image {path}: cannot be read ({error}): mend it, or leave the line out") from None


def _draw(number: int) -> Image.Image:
    rng = np.random.default_rng(number)
    image = Image.new("RGB", SIZE, "white")
    canvas = ImageDraw.Draw(image)
    for _ in range(SHAPES):
        corners = np.sort(rng.integers(0, SIZE, (2, 2)), axis=0).ravel().tolist()
        colour = tuple(rng.integers(0, 256, 3).tolist())
        draw = canvas.ellipse if rng.random() < 0.5 else canvas.rectangle
        draw(corners, fill=colour)
    return image
