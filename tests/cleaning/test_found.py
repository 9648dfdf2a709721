"""Files that fuzzing found: each got past a cleaner once, or made it fail with an error of its own."""

from __future__ import annotations

import base64
import io
import time
import zlib
from collections.abc import Callable

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf

from intake.cleaning import Removal
from intake.errors import FileRefused
from tests.cleaning import corpus
from tests.cleaning.corpus import MARK, SECRET
from tests.cleaning.test_cleaning import cleaned, unpacked

#: A JPEG whose camera's data say that a place is a fraction (583 bytes, as the fuzzer left it).
_CAMERA_DATA = (
    "/9j/4AAQSkZJRgABAQAAAQABAAD/4QDIRXhpZgAATU0AKgAAAAgABAEPAAIAAAAPAAAAPgESAAMAAAABAAYAAIdpAAQAAAABAAAAToglAAQAAAAB"
    "AAAAcAAAAABNYUxpYRBKRiwwMTQ0ND8nOT04MjwuMzQzA9sAQwEJCQkMCwwYDQ0YMiEcITIyMjIyMjIyMiQyMv/AABEIABQAKAMBIgACEQEDEQH/"
    "xAAfAAABBQEBAQIDBAUGBwgJCgv/xAABAAAADAAAAAEAAAAAAAAAAU1hTGlhbmdZdS03NzMx/+EALWh0dHA6Ly9ucy5hZG9iZS5jb20veGFwLzEu"
    "MC8ATWFMaWFuZ1l1LTc3MzH//gAQTWFMaWFuZ1l1LTc3MzH/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwc"
    "KDcpLDAxNDQ0Hyc5PTgyPC4zNDL/2wBDAQkJCQwLDBgNDRgyIRwhMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIy"
    "MjIyMjL/wAARCAAUACgDASIAAhEBAxEB/9oADAMBAAIRAxEAPwDi6KKK+ZNR4fcT1r4J/wDMc/7d/wD2n//ZpXrNeTfBP/mOf9u//tSvWa9zB/wI"
    "/P8AM/KuJP8AkaVf+3f/AElBRRRXUeGfJlFFFfMn7ietfBP/AJjn/bv/AO1K9Zoor3MH/Aj8/wAz8q4k/wCRpV/7d/8ASUFFFFdR4Z//2Q=="
)

#: A PDF that is read by repairing it and written without a root (compressed).
_NO_ROOT = (
    "eNqdUstu2kAUpVJW8xWjqCggNQy2wY/IdYQgXhAoCLpolbAYz1zAwS+ZcUr7E/2BrvoF/YOuK3XbL2ml7qoONg+jdpVZWJ577uPcM6c67rmXSkND"
    "1a+/P/9BCm7i2HtAto1Jx8V3WJOBCZ7JG0tjN05DvIVcHwK+lnCrgCun51nliQc7DiZDEJRTQXE7b05e0RDW+dib0APOgbt+ICN6AffpI52y1E9E"
    "nlNk3+Earef3/lT+JkmDBpCK+9rFkA58Gi3eZpeGoSkX9/U6JtOTLpLDbPvZchklEHWY8OPo6c3ImC4kJaOg+/p9Aph05X5BvJAwgohvFVfLymdi"
    "Gae4dmyvmXpb9h6nMc8YSCjxV5DwOVaaDcV0bJLy+dWk5zrIJpurTZiEUkQHIft6k1C2AoHlmJfn786vZVD+rkUKNNzP1kuzD/qd7tYQG1E/uOFI"
    "2yiVduMsEljB5NbPzWHtvVPsXMhwLDXxl0PpmKY0LB65uwS2mmbSaAZYoOmUqZx7utX0NK4pmj4HD8DzDNOS0k79D4CVVi5zMaXsEUwGEC3EEqvq"
    "1rOBkMoRN6ACesBiDlsyOyU2n34Of30bfL/9+OJH2zD0s8rz/tniX6ms8jN1csKj/1pjL1x9b6UJrOMsZTsrvxl5D8AKy46xouZS7TKPcpXUUprl"
    "ybLOMgzOKZs7NlDT00zNUw1mgddq6i3KqDnXDxmzYlGaik0Kc6Rpioqq1ZuRi1D19JmRvRRh4Njr3L1OvkxNqdtkF7BJjv8FsG0nqA=="
)


def changed(change) -> bytes:
    """The sample PDF with one thing changed by hand."""
    out = io.BytesIO()
    with Pdf.open(io.BytesIO(corpus.pdf())) as document:
        change(document)
        document.save(out)
    return out.getvalue()


def _name_tree(document: Pdf) -> None:
    document.Root.Names[Name("/EmbeddeFiles")] = Dictionary(Names=Array([f"{SECRET}.txt", Dictionary()]))


def _page_key(document: Pdf) -> None:
    document.pages[0].obj[Name("/PieceInfa")] = Dictionary(A=Dictionary(Private=SECRET))


def _annotation_key(document: Pdf) -> None:
    document.pages[0].obj.Annots[0][Name("/Tt")] = SECRET


def _field_key(document: Pdf) -> None:
    document.Root.AcroForm.Fields[0][Name("/Vv")] = Dictionary(Name=SECRET)


def _layer(document: Pdf) -> None:
    usage = Dictionary(CreatorInfo=Dictionary(Creator=SECRET), User=Dictionary(Type=Name.Ind, Name=SECRET))
    layer = document.make_indirect(Dictionary(Type=Name.OCG, Name="图层", Usage=usage))
    document.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=Dictionary(Order=Array([layer]), Creator=SECRET))


def _link(address: str, *following: Dictionary) -> Callable[[Pdf], None]:
    def change(document: Pdf) -> None:
        action = Dictionary(S=Name.URI, URI=address, Next=Array(following))
        link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), A=action)
        document.pages[0].obj.Annots.append(document.make_indirect(link))

    return change


_file_link = _link(f"file:///C:/Users/{SECRET}/a.docx")
_file_after_link = _link("https://a.cn", Dictionary(S=Name.Launch, F=f"C:/{SECRET}/a.exe"))


@pytest.mark.parametrize(
    "change", [_name_tree, _page_key, _annotation_key, _field_key, _layer, _file_link, _file_after_link]
)
def test_a_secret_in_a_corner_of_a_pdf_is_gone(change):
    written, _ = cleaned(changed(change))
    assert MARK not in unpacked(written)


def _drawn(drawing: bytes) -> Callable[[Pdf], None]:
    def change(document: Pdf) -> None:
        document.pages[0].obj.Contents = Array([document.make_stream(b"q /F Do"), document.make_stream(drawing)])
        form = document.make_stream(drawing, Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 9, 9]))
        document.pages[0].obj.Resources.XObject.F = form

    return change


def test_a_drawing_is_the_same_without_its_comments():
    said = b"%%%s\n(50%% (of\n%%all) \\)) Tj %% %s\rQ" % (MARK, MARK)
    written, done = cleaned(changed(_drawn(said)))
    assert MARK not in unpacked(written)
    assert Removal.HIDDEN_TEXT in done.removed
    with pikepdf.open(io.BytesIO(written)) as document:
        assert document.pages[0].Resources.XObject.F.read_bytes() == b"\n(50% (of\n%all) \\)) Tj \rQ"


def test_a_photograph_among_the_words_of_a_drawing_is_refused():
    with pytest.raises(FileRefused) as refused:
        cleaned(changed(_drawn(b"BI /W 40 /H 20 /CS /RGB /BPC 8 /F [/DCT] ID " + corpus.jpeg() + b"\nEI")))
    assert refused.value.problem == "print_again"


def test_links_to_the_web_stay():
    written, _ = cleaned(changed(_link("https://a.cn/通知")))
    with pikepdf.open(io.BytesIO(written)) as document:
        assert str(document.pages[0].Annots[-1].A.URI) == "https://a.cn/通知"


def test_links_to_named_places_of_a_pdf_stay():
    def link(document: Pdf) -> None:
        place = Array([document.pages[0].obj, Name.Fit])
        document.Root.Names = Dictionary(Dests=Dictionary(Names=Array(["a", place])))

    written, _ = cleaned(changed(link))
    with pikepdf.open(io.BytesIO(written)) as document:
        assert "/Dests" in document.Root.Names


def test_a_pdf_that_would_be_written_as_one_that_nobody_opens_is_refused():
    with pytest.raises(FileRefused) as refused:
        cleaned(zlib.decompress(base64.b64decode(_NO_ROOT)))
    assert refused.value.problem == "damaged"


def test_a_picture_whose_camera_data_hold_a_number_for_a_list_is_cleaned_and_turned():
    written, done = cleaned(base64.b64decode(_CAMERA_DATA))
    assert MARK not in written
    assert (done.width, done.height) == (20, 40)
    assert Removal.LOCATION in done.removed


def trailing() -> bytes:
    """The sample PDF with the secret behind the end of its page's compressed data."""
    plain = corpus.pdf()
    with Pdf.open(io.BytesIO(plain)) as document:
        document.pages[0].contents_coalesce()
        contents = document.pages[0].Contents
        contents.write(zlib.compress(contents.read_bytes()) + MARK, filter=Name.FlateDecode)
        out = io.BytesIO()
        document.save(out, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    return out.getvalue()


def test_what_follows_the_end_of_compressed_data_is_gone():
    given = trailing()
    assert MARK in given
    written, _ = cleaned(given)
    assert MARK not in unpacked(written)


def nameless() -> bytes:
    """A package whose first member has no name: its one letter became an extra field."""
    content = bytearray(corpus.archive(z=b"x", **{"[Content_Types].xml": b"<Types/>", "word__document.xml": b"<a/>"}))
    for sign, at in ((b"PK\x03\x04", 26), (b"PK\x01\x02", 28)):
        start = content.index(sign) + at
        content[start : start + 4] = bytes((0, 0, 1, 0))
    return bytes(content)


def test_a_package_with_a_member_without_a_name_is_refused():
    with pytest.raises(FileRefused) as refused:
        cleaned(nameless())
    assert refused.value.problem == "damaged"


def test_a_film_of_many_boxes_and_many_chunks_is_gone_through_once():
    begun = time.process_time()
    written, _ = cleaned(corpus.scattered(media=5000, chunks=20_000))
    assert time.process_time() - begun < 5, "seconds; it was 8 when every box met every chunk"
    assert written.count(b"PICTURE") == 2
    assert MARK not in written
