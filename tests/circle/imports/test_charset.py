"""The ladder of encodings: mark, UTF-8, GB18030; text encoded twice."""

import pytest

from circle.imports.charset import NotText, decode

# 㛃 䶮 𬱖 exist in GB18030 only; older tables lose them.
TEXT = "姓名,证件号码\n王㛃,1\n龚䶮,2\n李𬱖,3\n买买提·吐尔逊,4\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
def test_what_offices_send_is_read_letter_by_letter(encoding: str) -> None:
    read = decode(TEXT.encode(encoding))
    assert bytes(read.utf8).decode() == TEXT
    assert not read.mended


def test_a_small_gbk_file_is_not_taken_for_something_else() -> None:
    assert decode("联通,1\n".encode("gbk")).encoding == "gb18030"


@pytest.mark.parametrize(
    ("read_as", "written_as"),
    [("latin-1", "utf-8"), ("latin-1", "utf-16"), ("gb18030", "utf-8"), ("gb18030", "utf-8-sig")],
)
def test_utf8_that_was_encoded_twice_is_mended(read_as: str, written_as: str) -> None:
    text = "姓名,险种\n张三,失业\n"  # letters of which GBK loses nothing
    twice = text.encode().decode(read_as).encode(written_as)
    read = decode(twice)
    assert bytes(read.utf8).decode() == text
    assert read.mended


def test_windows_letters_of_a_twice_encoded_file_are_taken_back() -> None:
    western = "".join(
        bytes([byte]).decode("cp1252") if byte not in b"\x81\x8d\x8f\x90\x9d" else chr(byte)
        for byte in TEXT.encode()
    )
    read = decode(western.encode())
    assert bytes(read.utf8).decode() == TEXT


def test_a_long_file_is_decoded_across_the_pieces_borders() -> None:
    text = "姓名，" * 2_000_000
    assert bytes(decode(text.encode("gb18030")).utf8).decode() == text


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(NotText):
        decode(b"\xff\xff\x80\x81 no text")
