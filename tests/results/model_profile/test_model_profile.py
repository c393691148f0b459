"""A tiny model with random weights, measured as any other, and what scenarios make of its entry."""

import json
import os
import pickle
import re
import shutil
import signal
import statistics
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import LlamaConfig

from skyedge.cli import main
from skyedge.problem import InputError, Scenario, generate
from skyedge.problem.catalogue import TOKENS_PER_WORD, Entries
from skyedge.problem.physics.equations import inference_time
from skyedge.results.model_profile.prompts import read_prompts
from skyedge.results.model_profile.timing import first_letter
from tests import ROOT
from tests.refusals import assert_refused, run
from tests.results.command_line import COMMAND, environment, skyedge
from tests.results.model_profile.tiny_llava import processor, save_model

TOKENS, REPEATS = 12, 2
QUESTIONS = ("A B C", "what is it ?", "D", "E F G H I J")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """The model, the folder where it is saved, questions about images, and what it replies to them."""
    folder = tmp_path_factory.mktemp("tiny")
    model, read = save_model(folder / "Tiny LLaVA"), processor()
    rng = np.random.default_rng(0)
    lines, replies = [], []
    for number, text in enumerate(QUESTIONS):
        image = Image.fromarray(rng.integers(0, 256, (40, 60, 3), dtype=np.uint8))
        image.save(folder / f"{number}.png")
        inputs = read(images=[image], text=[f"<image> {text}"], return_tensors="pt")
        output = model.generate(**inputs, do_sample=False, max_new_tokens=TOKENS)[0]
        replies.append(output[inputs["input_ids"].shape[1] :].tolist())
        lines.append({"image": f"{number}.png", "text": text})
    letters = [first_letter(read.decode(reply, skip_special_tokens=True)) for reply in replies]
    for line, letter in zip(lines[:3], (letters[0], "Z" if letters[1] != "Z" else "Y", letters[2]), strict=True):
        line["answer"] = letter
    write_prompts(folder, lines)
    return SimpleNamespace(
        model=model, folder=folder, path=folder / "Tiny LLaVA", prompts=folder / "prompts.jsonl", replies=replies
    )


@pytest.fixture(scope="module")
def entry(tiny, tmp_path_factory):
    """The file that the command has written, what it holds, and what was printed."""
    path = tmp_path_factory.mktemp("entry") / "entry.toml"
    options = ("--prompts", tiny.prompts, "--repeats", REPEATS, "--max-new-tokens", TOKENS, "--hardware", "here")
    offline = {"HF_HUB_OFFLINE": "1"}
    done = skyedge(
        "profile-model", tiny.path, *options, "--device", "cpu", "-o", path, cwd=path.parent, timeout_s=290, **offline
    )
    assert done.returncode == 0, done.stderr
    return SimpleNamespace(path=path, entries=Entries.read(path), printed=done)


def write_prompts(folder, lines):
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    (folder / "prompts.jsonl").write_text(text, encoding="utf-8")
    return folder / "prompts.jsonl"


def world(folder, **changes):
    """A scenario file in a folder, whose UAVs have the measured model on board."""
    given = {"catalogue": "entry.toml", "model": "tiny-llava", "precision": "fp32", "hardware": "here"} | changes
    inner = ", ".join(f"{name} = {json.dumps(value)}" for name, value in given.items() if value is not None)
    (folder / "world.toml").write_text(f'base = "paper"\nunserved_penalty = 1e6\nuav_model = {{ {inner} }}\n')
    return folder / "world.toml"


def test_tokens_are_those_that_the_model_gives(tiny, entry):
    (one,) = entry.entries.measurements
    assert one.prompt_count == len(QUESTIONS)
    assert one.repeats == REPEATS
    lengths = [len(reply) for reply in tiny.replies]
    assert one.output_tokens.median == statistics.median(lengths)
    assert one.cut_off == lengths.count(TOKENS)
    read = processor()
    words = [len(read.decode(reply, skip_special_tokens=True).split()) for reply in tiny.replies]
    assert one.output_words.median == statistics.median(words)
    assert one.tokens_per_word == pytest.approx(sum(lengths) / sum(words))
    assert one.input_tokens.median == statistics.median(len(text.split()) + 4 for text in QUESTIONS)  # 4 of the image


def test_times_and_rates_are_positive_and_ordered(entry):
    (one,) = entry.entries.measurements
    for spread in (one.tokens_per_s, one.prefill_s):
        assert 0 < spread.lower <= spread.median <= spread.upper < np.inf
    (version,) = entry.entries.models["tiny-llava"].versions
    assert version.tokens_per_s == {"here": one.tokens_per_s.median}


def test_weights_occupy_their_number_times_their_size(tiny, entry):
    parameters = sum(weights.numel() for weights in tiny.model.parameters())
    model, (one,) = entry.entries.models["tiny-llava"], entry.entries.measurements
    assert model.parameters == parameters
    assert one.weights_gb == pytest.approx(model.weights_gb("fp32"), rel=1e-12)
    assert one.weights_gb == pytest.approx(4 * parameters / 1e9, rel=1e-12)
    assert one.weights_gb < one.peak_gb < entry.entries.hardware["here"].memory_gb


def test_accuracy_is_the_share_of_known_answers_that_replies_begin_with(entry):
    (one,) = entry.entries.measurements
    assert (one.right, one.answered) == (2, 3)
    (version,) = entry.entries.models["tiny-llava"].versions
    assert version.accuracy == pytest.approx(2 / 3)
    assert "2 of 3 questions of prompts.jsonl" in version.accuracy_source


@pytest.mark.parametrize(
    ("reply", "letter"),
    [("B", "B"), (" (C) because", "C"), ("D. So", "D"), ("**A**", "A"), ("The answer is B", ""), ("b", ""), ("", "")],
)
def test_a_reply_answers_by_the_letter_that_it_begins_with(reply, letter):
    assert first_letter(reply) == letter


def test_the_command_prints_what_it_measured_and_where_it_is(entry):
    assert "tiny-llava in fp32 on here" in entry.printed.stdout
    assert entry.printed.stderr.splitlines()[-1] == f"written: {entry.path}"


def test_a_scenario_runs_the_measured_model_at_its_rate(entry):
    scenario = Scenario.load(world(entry.path.parent, compute_w=30.0))
    instance = generate(scenario, 0)
    rate = entry.entries.measurements[0].tokens_per_s.median
    words = 100.0
    times = inference_time(words, instance.uav_flop_per_word, instance.uav_flops)
    assert times == pytest.approx([words * TOKENS_PER_WORD / rate] * 3)
    assert instance.uav_compute_w.tolist() == [30.0] * 3
    assert instance.uav_accuracy == pytest.approx([2 / 3] * 3)
    assert instance.uav_flops.tolist() == [entry.entries.hardware["here"].flops] * 3


def test_an_instance_is_the_same_wherever_the_entry_was(entry, tmp_path):
    shutil.copy(entry.path, tmp_path / "entry.toml")
    here, there = (
        generate(Scenario.load(world(folder, compute_w=30.0)), 0) for folder in (entry.path.parent, tmp_path)
    )
    assert here.id == there.id
    assert "entry.toml" not in here.scenario.model_dump_json()


def test_models_of_entries_and_of_the_catalogue_mix(entry):
    on_orin = world(entry.path.parent, hardware="orin-nx-16", tokens_per_s=20.0)
    assert Scenario.load(on_orin).uav_compute_w == (25.0,)
    on_here = world(entry.path.parent, model="vila1.5-3b", precision="int4", tokens_per_s=5.0, compute_w=9.0)
    assert Scenario.load(on_here).uav_accuracy == (0.327,)


MISUSES = {
    "power that nobody knows": ({}, "the power that here draws is not known: give its compute_w"),
    "a precision that was not measured": ({"precision": "fp16"}, "tiny-llava is not in the catalogue in fp16"),
    "hardware that was not measured": ({"hardware": "orin-nx-16"}, "nobody has measured tiny-llava in fp32 on orin"),
    "a file that is not there": ({"catalogue": "no.toml"}, "no.toml: no such file"),
    "a model of no file": ({"catalogue": None}, "no model is called 'tiny-llava'"),
}


@pytest.mark.parametrize("case", MISUSES)
def test_a_scenario_is_refused_for(case, entry):
    changes, message = MISUSES[case]
    with pytest.raises(InputError, match=message.replace(".", r"\.")):
        Scenario.load(world(entry.path.parent, **changes))


def test_an_entry_that_is_wrong_is_refused_by_its_place(entry, tmp_path):
    text = entry.path.read_text().replace("parameters = ", "parameters = -")
    (tmp_path / "entry.toml").write_text(text)
    with pytest.raises(InputError, match=r"entry.toml: models.tiny-llava.parameters: Input should be greater than"):
        Scenario.load(world(tmp_path))


def test_the_catalogue_lists_entries_beside_its_own(entry, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["skyedge", "catalogue", str(entry.path)])
    with pytest.raises(SystemExit):
        main()
    shown = capsys.readouterr().out
    assert "vila1.5-3b" in shown
    assert "tiny-llava in fp32 on here" in shown


def profile(monkeypatch, capsys, model, folder, *options):
    """Run the command in this process, offline, with few tokens; return its exit status and its lines on stderr."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    few = ("--max-new-tokens", TOKENS, "--hardware", "here")
    status, lines = run(monkeypatch, capsys, "profile-model", model, *few, *options)
    return status or 0, lines


def test_drawn_prompts_are_said_to_be_drawn_and_half_the_bytes_are_half_the_memory(
    tiny, entry, tmp_path, monkeypatch, capsys
):
    status, lines = profile(monkeypatch, capsys, tiny.path, tmp_path, "--precision", "bf16")
    assert status == 0, lines
    found = Entries.read(tmp_path / "tiny-llava.toml")
    (one,) = found.measurements
    assert one.prompts == "4 drawn images of 640 x 480 pixels"
    assert one.weights_gb == pytest.approx(entry.entries.measurements[0].weights_gb / 2)
    assert found.models["tiny-llava"].versions[0].accuracy is None


def test_without_a_chat_template_questions_follow_the_image(tiny, entry, tmp_path, monkeypatch, capsys):
    shutil.copytree(tiny.path, tmp_path / "tiny-llava")
    (tmp_path / "tiny-llava" / "chat_template.jinja").unlink()
    status, lines = profile(monkeypatch, capsys, "tiny-llava", tmp_path, "--prompts", tiny.prompts)
    assert status == 0, lines
    (one,), (templated,) = Entries.read(tmp_path / "tiny-llava.toml").measurements, entry.entries.measurements
    assert one.input_tokens == templated.input_tokens
    assert one.output_words == templated.output_words


def test_hardware_that_the_catalogue_has_is_not_described_anew(tiny, tmp_path, monkeypatch, capsys):
    status, lines = profile(
        monkeypatch, capsys, tiny.path, tmp_path, "--hardware", "orin-nx-16", "-o", "entry.toml", "--name", "mine"
    )
    assert status == 0, lines
    assert not Entries.read(tmp_path / "entry.toml").hardware
    given = {"catalogue": str(tmp_path / "entry.toml"), "model": "mine", "precision": "fp32", "hardware": "orin-nx-16"}
    scenario = Scenario.preset("paper").replace(uav_model=given | {"accuracy": 0.5}, unserved_penalty=1e6)
    assert scenario.uav_compute_w == (25.0,)


def ending_at(tiny, folder, token):
    """A copy of the model that ends its replies with a token."""
    copy = folder / "ending"
    shutil.copytree(tiny.path, copy)
    settings = json.loads((copy / "generation_config.json").read_text()) | {"eos_token_id": token}
    (copy / "generation_config.json").write_text(json.dumps(settings))
    return copy


def test_a_reply_ends_where_the_model_ends_it(tiny, tmp_path, monkeypatch, capsys):
    reply = tiny.replies[0]
    last = next(n for n in range(1, TOKENS) if reply[n] not in reply[:n])
    write_prompts(tmp_path, [{"image": str(tiny.folder / "0.png"), "text": QUESTIONS[0]}])
    model = ending_at(tiny, tmp_path, reply[last])
    status, lines = profile(monkeypatch, capsys, model, tmp_path, "--prompts", "prompts.jsonl", "-o", "entry.toml")
    assert status == 0, lines
    (one,) = Entries.read(tmp_path / "entry.toml").measurements
    assert one.output_tokens.median == last + 1
    assert one.cut_off == 0


def test_replies_of_one_token_have_no_rate_and_are_refused(tiny, tmp_path, monkeypatch, capsys):
    write_prompts(tmp_path, [{"image": str(tiny.folder / "0.png"), "text": QUESTIONS[0]}])
    model = ending_at(tiny, tmp_path, tiny.replies[0][0])
    status, lines = profile(monkeypatch, capsys, model, tmp_path, "--prompts", "prompts.jsonl")
    assert_refused((status, lines[-1:]), "every reply is but one token")
    assert not list(tmp_path.glob("*.toml"))


class Marker:
    """Leaves a file where it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def edit_config(folder, **changes):
    settings = json.loads((folder / "config.json").read_text()) | changes
    (folder / "config.json").write_text(json.dumps(settings))


def pickled(folder):
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Marker(folder / "was-run")))


def with_code(folder):
    (folder / "mine.py").write_text(f"open({str(folder / 'was-run')!r}, 'w')\n")
    edit_config(folder, model_type="mine", auto_map={"AutoConfig": "mine.Mine"})


def incomplete(folder):
    weights = load_file(folder / "model.safetensors")
    weights.pop(next(name for name in weights if "lm_head" in name))
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


BROKEN = {
    "pickled weights": (pickled, "has no weights as safetensors, and pickled ones are never read"),
    "code that comes with it": (with_code, "no model of type 'mine', and code that comes with one is not run"),
    "weights that are missing": (incomplete, "1 weights are missing, such as lm_head.weight"),
    "weights that are cut off": (lambda folder: os.truncate(folder / "model.safetensors", 5000), "cannot be used ("),
    "text alone": (lambda folder: LlamaConfig().save_pretrained(folder), "'llama' answers no questions about images"),
    "quantised weights": (lambda folder: edit_config(folder, quantization_config={"bits": 4}), "are quantised"),
    "no tokenizer": (lambda folder: (folder / "tokenizer.json").unlink(), "cannot be used ("),
    "no config": (lambda folder: (folder / "config.json").unlink(), "holds no config.json"),
    "a config that is no JSON": (lambda folder: (folder / "config.json").write_text("{"), "cannot be used ("),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_model_is_refused_for(case, tiny, tmp_path, monkeypatch, capsys):
    breakage, message = BROKEN[case]
    shutil.copytree(tiny.path, tmp_path / "model")
    breakage(tmp_path / "model")
    status, lines = profile(monkeypatch, capsys, "model", tmp_path)
    assert_refused((status, lines[-1:]), message)
    assert not (tmp_path / "model" / "was-run").exists()
    assert [file.name for file in tmp_path.iterdir()] == ["model"]


OPTIONS = {
    "a folder that is not there": (("./no-model",), "no such folder, nor a name on the hub"),
    "a file": (("0.png",), "is a file: name the folder"),
    "a hub that is not reached": (("nobody/nothing",), "nobody/nothing: the model cannot be used ("),
    "an output that is there": (("Tiny LLaVA", "-o", "prompts.jsonl"), "exists, and is not replaced"),
    "a folder of the output that is not there": (("Tiny LLaVA", "-o", "no/entry.toml"), "its folder does not exist"),
    "prompts that are not there": (("Tiny LLaVA", "--prompts", "no.jsonl"), "no.jsonl: no such file"),
    "one token": (("Tiny LLaVA", "--max-new-tokens", "1"), "--max-new-tokens"),
    "a precision that is none": (("Tiny LLaVA", "--precision", "int4"), "--precision"),
}


@pytest.mark.parametrize("case", OPTIONS)
def test_the_command_is_refused_for(case, tiny, monkeypatch, capsys):
    (model, *options), message = OPTIONS[case]
    before = sorted(tiny.folder.rglob("*"))
    status, lines = profile(monkeypatch, capsys, model, tiny.folder, *options)
    assert_refused((status, lines[-1:]), message)
    assert sorted(tiny.folder.rglob("*")) == before


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is one")
def test_cuda_is_refused_where_torch_sees_none(tiny, tmp_path, monkeypatch, capsys):
    assert_refused(profile(monkeypatch, capsys, tiny.path, tmp_path, "--device", "cuda"), "torch sees no CUDA device")


def test_without_the_extra_the_command_says_how_to_get_it(tiny, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("skyedge.results.model_profile.PACKAGES", ("a_package_that_is_not_installed",))
    assert_refused(profile(monkeypatch, capsys, tiny.path, tmp_path), "pip install 'skyedge[models]'")


PROMPTS = {
    "no line": ([], "prompts.jsonl: has no prompts"),
    "blank lines": (["", " "], "has no prompts"),
    "no JSON": (["{"], "line 1: not JSON ("),
    "no object": (["[1]"], "line 1: not an object"),
    "an unknown key": ([{"image": "0.png", "txt": "A"}], "line 1: unknown key 'txt': did you mean 'text'?"),
    "no question": ([{"image": "0.png"}], "line 1: text: Field required"),
    "an empty question": ([{"image": "0.png", "text": ""}], "line 1: text: "),
    "an answer that is no letter": ([{"image": "0.png", "text": "A", "answer": "b"}], "line 1: answer: "),
    "an image that is not there": ([{"image": "no.png", "text": "A"}], "no.png: no such file"),
    "an image that is none": (["", {"image": "prompts.jsonl", "text": "A"}], "line 2: image prompts.jsonl: cannot be"),
    "an image that is cut off": ([{"image": "cut.png", "text": "A"}], "line 1: image cut.png: cannot be read"),
    "an image that is a folder": ([{"image": ".", "text": "A"}], "line 1: image .: cannot be read"),
}


@pytest.mark.parametrize("case", PROMPTS)
def test_prompts_are_refused_for(case, tiny, tmp_path, monkeypatch, capsys):
    lines, message = PROMPTS[case]
    shutil.copy(tiny.folder / "0.png", tmp_path)
    shutil.copy(tiny.folder / "0.png", tmp_path / "cut.png")
    os.truncate(tmp_path / "cut.png", 2000)
    write_prompts(tmp_path, lines)
    outcome = profile(monkeypatch, capsys, tiny.path, tmp_path, "--prompts", "prompts.jsonl")
    assert_refused(outcome, message)
    assert not list(tmp_path.glob("*.toml"))


def test_the_pages_example_turns_questions_of_mmmu_into_prompts(tmp_path, monkeypatch):
    page = (ROOT / "docs/worlds/models.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", page, re.DOTALL)[1]
    row = {
        "id": "validation_Agriculture_1",
        "question": "What ails the leaf in <image 1>?",
        "options": "['rust', \"nobody's guess\"]",
        "answer": "B",
        "question_type": "multiple-choice",
        "image_1": Image.new("RGBA", (4, 3)),
        "image_2": None,
    }
    several, unchosen = row | {"image_2": row["image_1"]}, row | {"question_type": "open", "options": "[]"}
    offline = SimpleNamespace(load_dataset=lambda name, subject, split: [several, row, unchosen])
    monkeypatch.setitem(sys.modules, "datasets", offline)  # what would be downloaded
    monkeypatch.chdir(tmp_path)
    exec(code, {})
    (prompt,) = read_prompts(tmp_path / "mmmu/prompts.jsonl").prompts
    assert prompt.text.splitlines()[:2] == ["What ails the leaf in (see the image)?", "A. rust"]
    assert prompt.answer == "B"
    assert prompt.image().size == (4, 3)


def test_an_interrupted_run_leaves_nothing_behind(tiny, tmp_path):
    def undo_what_shells_do_to_jobs_in_the_background():
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    command = [*COMMAND, "profile-model", str(tiny.path), "--max-new-tokens", "100000"]
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        env=environment(HF_HUB_OFFLINE="1"),
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=undo_what_shells_do_to_jobs_in_the_background,
    )
    assert process.stderr.readline().startswith("loading ")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130
    assert said == "skyedge: error: interrupted: what was not finished is not written\n"
    assert not list(tmp_path.iterdir())
