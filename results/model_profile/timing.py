"""Replies of a model, and how long they took."""

import statistics
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from rich.console import Console
from transformers.generation.streamers import BaseStreamer

from skyedge.problem import InputError
from skyedge.results import console
from skyedge.results.model_profile.loading import Loaded, blamed_on
from skyedge.results.model_profile.prompts import Prompt
from skyedge.results.model_profile.settings import Settings


class Reply(NamedTuple):
    """What came of a prompt."""

    prefill_s: float  # until the first token
    decode_s: float  # from the first token to the last
    input_tokens: int  # those that stand for the image included
    output_tokens: int  # the one that ends the reply included
    text: str

    @property
    def output_words(self) -> int:
        """How many words it has."""
        return len(self.text.split())


class Replies(NamedTuple):
    """The replies to a prompt. They differ in their times."""

    prompt: Prompt
    repeats: tuple[Reply, ...]

    def median(self, name: str) -> float:
        """Return the median of a figure over the replies."""
        return statistics.median(getattr(reply, name) for reply in self.repeats)

    @property
    def tokens_per_s(self) -> float | None:
        """The median decoding rate, None if there was but one token."""
        rates = [(one.output_tokens - 1) / one.decode_s for one in self.repeats if one.output_tokens > 1]
        return statistics.median(rates) if rates else None

    @property
    def right(self) -> bool | None:
        """Whether the reply begins with the letter of the right choice, None if that is not known."""
        wanted = self.prompt.answer
        return None if wanted is None else first_letter(self.repeats[0].text) == wanted


class Clock(BaseStreamer):
    """Notes when tokens come: first the prompt's, all at once, then one at a time."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def put(self, value: torch.Tensor) -> None:
        """Note the time. The token is on the host, so the device is done with it."""
        self.times.append(time.perf_counter())

    def end(self) -> None:
        """Nothing more comes."""


def first_letter(text: str) -> str:
    """Return the capital letter that a reply begins with, as in ``B``, ``(B)`` or ``B. Because``; else nothing."""
    word = text.split(maxsplit=1)[0].strip("()[].,:*") if text.strip() else ""
    return word if len(word) == 1 and word.isupper() else ""


def measure(model: Loaded, prompts: Sequence[Prompt], settings: Settings, remarks: Console) -> list[Replies]:
    """Let a model reply to every prompt, after one reply that does not count.

    Raises
    ------
    InputError
        If it fails on a prompt, or every reply is but one token.
    """
    replies = []
    with console.progress(remarks) as bar:
        task = bar.add_task("warming up", total=1 + len(prompts) * settings.repeats)

        def reply(number: int) -> Reply:
            with blamed_on(f"{settings.source}: prompt {number + 1}"):
                made = _timed(model, prompts[number], settings.max_new_tokens)
            bar.update(task, description="replies", advance=1)
            return made

        reply(0)
        for number, prompt in enumerate(prompts):
            replies.append(Replies(prompt, tuple(reply(number) for _ in range(settings.repeats))))
    if all(one.tokens_per_s is None for one in replies):
        raise InputError("every reply is but one token, which gives no rate: ask for longer answers")
    return replies


def _timed(model: Loaded, prompt: Prompt, max_new_tokens: int) -> Reply:
    inputs = _inputs(model, prompt)
    clock = Clock()
    if inputs["input_ids"].is_cuda:
        torch.cuda.synchronize()
    started = time.perf_counter()
    output = model.model.generate(**inputs, streamer=clock, do_sample=False, num_beams=1, max_new_tokens=max_new_tokens)
    _, *times = clock.times
    text = model.processor.decode(output[0, -len(times) :], skip_special_tokens=True)
    return Reply(times[0] - started, times[-1] - times[0], inputs["input_ids"].shape[1], len(times), text)


def _inputs(model: Loaded, prompt: Prompt) -> Any:
    text = _conversation(model.processor, prompt.text)
    inputs = model.processor(images=[prompt.image()], text=[text], return_tensors="pt")
    return inputs.to(model.model.device, model.model.dtype)


def _conversation(processor: Any, text: str) -> str:
    """Return a question as the model expects it: by its chat template, else behind what stands for the image."""
    if not processor.chat_template:
        return f"{getattr(processor, 'image_token', '')}\n{text}"
    parts = [{"type": "image"}, {"type": "text", "text": text}]
    made: str = processor.apply_chat_template([{"role": "user", "content": parts}], add_generation_prompt=True)
    return made
