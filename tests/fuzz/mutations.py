"""Valid files made wrong where it matters: in their fields, tokens, arrays and columns, not only in their bytes."""

import io
import json
import re
import zipfile
from collections.abc import Callable, Sequence
from random import Random

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sgp4.io import compute_checksum

Mutation = Callable[[bytes, Random], bytes]

NUMBERS = (
    *("0", "-1", "1", "0.5", "-0.0", "2", "1e308", "-1e308", "1e-308", "5e-324", "1e5", "1e9", "1e18", "1e400"),
    *("inf", "-inf", "nan", "NaN", "Infinity", "1000000", "9223372036854775807", "9223372036854775808", "-2147483649"),
    *(
        "9" * 400,
        "9" * 5000,
        "0x" + "f" * 5000,
        "0b1",
        "1_000",
        "00",
        "1e",
        "true",
        "1979-05-27",
        "0001-01-01T00:00:00",
    ),
)
TEXTS = (
    *('""', '"x"', '"\\u0000"', '"\\ud800"', "''", '"../../etc/passwd"', '"/dev/zero"', '"."', '"paper"', "[]", "{}"),
    *(
        "[[]]",
        "{a = 1}",
        '{"a": 1}',
        "null",
        '"' + "x" * 300 + '"',
        '"' + "y" * 200_000 + '"',
        "[" * 2000,
        "[1" + ",1" * 2000 + "]",
    ),
)
BYTES = (
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\r\n",
    b"\n\n",
    b"\r",
    b"\x1b[2J",
    b"\xe2\x80\xa8",
    b"\xc2\xb2",
    b"\xed\xa0\x80",
    b"=",
    b",",
    b'"',
)
FLOATS = (0.0, -1.0, 1e308, -1e308, 5e-324, 1e-300, 1e30, np.nan, np.inf, -np.inf)
WHOLES = (0, -1, 1, -2, 2**31, 2**62, -(2**63))
TYPES = (np.float16, np.float64, np.int8, np.uint64, np.int64, bool, complex, "U3", "S3", "datetime64[s]", "V8", object)

TOKEN = re.compile(rb"[A-Za-z0-9_.+-]+|\"[^\"\n]*\"|[^\sA-Za-z0-9]")


def bytes_changed(content: bytes, random: Random) -> bytes:
    """Flip, drop, repeat or insert a few bytes anywhere."""
    data = bytearray(content)
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(data) + 1)
        match random.randrange(5):
            case 0 if at < len(data):
                data[at] ^= 1 << random.randrange(8)
            case 1:
                del data[at : at + random.choice((1, 4, 64))]
            case 2:
                data[at:at] = random.choice(BYTES)
            case 3:
                data[at:at] = data[at : at + random.choice((1, 8, 200))]
            case 4:
                del data[at:]
    return bytes(data)


def lines_changed(content: bytes, random: Random) -> bytes:
    """Drop, double, swap or join lines."""
    lines = content.split(b"\n")
    at, other = random.randrange(len(lines)), random.randrange(len(lines))
    match random.randrange(4):
        case 0:
            del lines[at]
        case 1:
            lines[at:at] = [lines[other]] * random.choice((1, 2, 50))
        case 2:
            lines[at], lines[other] = lines[other], lines[at]
        case 3:
            lines[at : at + 2] = [b"".join(lines[at : at + 2])]
    return b"\n".join(lines)


def tokens_changed(content: bytes, random: Random) -> bytes:
    """Put something else in the place of words and numbers, or leave them out."""
    for _ in range(random.randint(1, 3)):
        found = list(TOKEN.finditer(content))
        if not found:
            break
        token = random.choice(found)
        choices: Sequence[Sequence[bytes]] = (
            *([number.encode() for number in NUMBERS] for _ in range(3)),
            [text.encode() for text in TEXTS],
            BYTES,
            [random.choice(found)[0]],
            [b"", token[0] * 2],
        )
        content = content[: token.start()] + random.choice(random.choice(choices)) + content[token.end() :]
    return content


TEXT = (tokens_changed, tokens_changed, lines_changed, bytes_changed)


def text_changed(content: bytes, random: Random) -> bytes:
    """Change a file of words and numbers."""
    return random.choice(TEXT)(content, random)


def lines_resummed(content: bytes, random: Random) -> bytes:
    """Change two-line elements; most times their checksums are mended, so that what is behind them is reached."""
    changed = _columns_changed(content, random) if random.random() < 0.6 else text_changed(content, random)
    return b"\n".join(_resummed(line) for line in changed.split(b"\n")) if random.random() < 0.8 else changed


def _columns_changed(content: bytes, random: Random) -> bytes:
    data = bytearray(content)
    for _ in range(random.randint(1, 6)):
        at = random.randrange(len(data))
        if data[at : at + 1] != b"\n":
            data[at : at + 1] = random.choice(
                (*(b"%d" % digit for digit in range(10)), b"-", b"+", b".", b" ", b"A", b"e")
            )
    return bytes(data)


def _resummed(line: bytes) -> bytes:
    try:
        text = line.decode()
        return text[:68].encode() + str(compute_checksum(text)).encode() if len(text) == 69 else line
    except ValueError:
        return line


def if_sound(change: Mutation) -> Mutation:
    """Return a mutation that changes mere bytes where a content is too damaged for the structured change."""

    def changed(content: bytes, random: Random) -> bytes:
        try:
            return change(content, random)
        except Exception:
            return bytes_changed(content, random)

    return changed


@if_sound
def archive_changed(content: bytes, random: Random) -> bytes:
    """Change one array of a ``.npz`` file, its name, its header, or the bytes of the whole."""
    kind, arrays = random.randrange(6), arrays_of(content)
    if kind == 0 or not arrays:
        return bytes_changed(content, random)
    name = random.choice(list(arrays))
    stream = io.BytesIO()
    if kind == 1:
        with zipfile.ZipFile(stream, "w") as archive:
            for each, array in arrays.items():
                member = io.BytesIO()
                np.lib.format.write_array(member, np.asanyarray(array))
                data = member.getvalue()
                archive.writestr(f"{each}.npy", _header_changed(data, random) if each == name else data)
        return stream.getvalue()
    if kind == 2:
        arrays[random.choice(("format", "scenario", "extra", "../escape"))] = arrays.pop(name)
    else:
        arrays[name] = array_changed(arrays[name], random)
    np.savez(stream, allow_pickle=True, **arrays)
    return stream.getvalue()


def arrays_of(content: bytes) -> dict[str, np.ndarray]:
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        return {name: np.asarray(archive[name]) for name in archive.files}


def _header_changed(member: bytes, random: Random) -> bytes:
    end = member.index(b"\n") if b"\n" in member else len(member)
    return text_changed(member[:end], random) + member[end:]


def array_changed(array: np.ndarray, random: Random) -> np.ndarray:
    """Change an array's values, shape or type."""
    match random.randrange(6):
        case 0 if array.dtype.kind == "U":
            text = str(array).encode()
            return np.array(text_changed(text, random).decode(errors="replace")[: 10**6])
        case 1:
            return array[..., :-1] if array.ndim else np.array([array])
        case 2 if array.dtype.kind in "fib":
            return np.zeros(random.choice(((), (0,), (3,), (0, 0), (2, 0, 5), (1,) * 30, (1000, 1000))), array.dtype)
        case 3:
            with np.errstate(all="ignore"):
                return array.astype(random.choice(TYPES))
        case 4:
            return np.asfortranarray(array).T if array.ndim else array
    values = {"f": FLOATS, "i": WHOLES, "b": (True, False)}.get(array.dtype.kind, ())
    if not (array.size and values):
        return array
    some = random.random() < 0.7
    chosen = np.arange(array.size) == random.randrange(array.size) if some else np.ones(array.size, bool)
    return np.where(chosen.reshape(array.shape), np.array(random.choice(values)).astype(array.dtype), array)


@if_sound
def weights_changed(content: bytes, random: Random) -> bytes:
    """Change the header of a safetensors file, or numbers behind it."""
    length = int.from_bytes(content[:8], "little")
    header, numbers = content[8 : 8 + length], content[8 + length :]
    match random.randrange(4):
        case 0:
            return bytes_changed(content, random)
        case 1:
            header = text_changed(header, random)
        case 2:
            numbers = np.full(len(numbers) // 4, random.choice((np.nan, np.inf, 3e38, 0.0)), "<f4").tobytes()
        case 3 if numbers:
            spoilt = np.frombuffer(numbers[: len(numbers) // 4 * 4], "<f4").copy()
            spoilt[random.randrange(len(spoilt))] = random.choice((np.nan, np.inf, -3e38))
            numbers = spoilt.tobytes()
    return len(header).to_bytes(8, "little") + header + numbers


@if_sound
def table_changed(content: bytes, random: Random) -> bytes:
    """Change a column of a Parquet file, its rows, or the bytes of the whole."""
    kind, table = random.randrange(7), pq.read_table(io.BytesIO(content))
    if kind <= 1 or not table.num_columns:
        return bytes_changed(content, random)
    at = random.randrange(table.num_columns)
    name = table.column_names[at]
    match kind:
        case 2:
            table = table.remove_column(at)
        case 3:
            table = table.append_column(random.choice((name, "more")), table.column(at))
        case 4:
            table = table.slice(0, random.choice((0, 1)))
        case 5:
            table = table.set_column(at, name, _column(table.num_rows, random))
        case 6:
            table = table.replace_schema_metadata(
                {b"pandas": text_changed(json.dumps({"columns": []}).encode(), random)}
            )
    stream = io.BytesIO()
    pq.write_table(table, stream)
    return stream.getvalue()


def _column(rows: int, random: Random) -> pa.Array:
    value = random.choice(
        (None, 1.5, -1, "text", b"\xff\xfe", [1], {"a": 1}, True, float("nan"), 2**62, "{", "[" * 5000)
    )
    if random.random() < 0.1:  # text that is none
        return pa.Array.from_buffers(
            pa.string(),
            rows,
            [None, pa.array(range(rows + 1), pa.int32()).buffers()[1], pa.py_buffer(b"\xff" * (rows + 1))],
        )
    return pa.array([value] * rows)
