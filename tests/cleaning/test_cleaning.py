"""Nothing unseen comes along with a file, and whatever is sent, the answer is a clean file or a reason."""

from __future__ import annotations

import io
import random
import zipfile
from xml.sax.saxutils import escape, quoteattr

import pikepdf
import pytest
from docx import Document
from lxml import etree
from openpyxl import load_workbook
from pikepdf import Name
from PIL import Image

from intake.cleaning import LARGEST, Cleaned, Format, Removal, clean, images
from intake.cleaning.images import MOST_PIXELS
from intake.errors import FileRefused
from tests.cleaning import corpus
from tests.cleaning.corpus import MARK

CARRIERS = {
    "jpeg": (corpus.jpeg, Format.JPEG, {Removal.LOCATION, Removal.CAMERA, Removal.HIDDEN_TEXT}),
    "png": (corpus.png, Format.PNG, {Removal.LOCATION, Removal.CAMERA, Removal.HIDDEN_TEXT}),
    "webp": (corpus.webp, Format.WEBP, {Removal.LOCATION, Removal.CAMERA, Removal.HIDDEN_TEXT}),
    "gif": (corpus.gif, Format.PNG, {Removal.HIDDEN_TEXT, Removal.FRAMES}),
    "photograph with a second one": (corpus.mpo, Format.JPEG, {Removal.LOCATION, Removal.CAMERA}),
    "heic": (corpus.heic, Format.JPEG, {Removal.LOCATION, Removal.CAMERA}),
    "jpeg and zip": (lambda: corpus.jpeg() + corpus.archive(a=MARK), Format.JPEG, {Removal.LOCATION}),
    "pdf and html": (
        corpus.pdf, Format.PDF,
        {Removal.AUTHOR, Removal.SCRIPTS, Removal.EMBEDDED, Removal.COMMENTERS, Removal.SIGNATURES, Removal.CAMERA},
    ),
    "docx": (corpus.docx, Format.DOCX, {Removal.AUTHOR, Removal.COMMENTERS, Removal.REVISIONS, Removal.LINKS, Removal.LOCATION}),
    "xlsx": (corpus.xlsx, Format.XLSX, {Removal.AUTHOR, Removal.COMMENTERS}),
    "pptx": (corpus.pptx, Format.PPTX, {Removal.AUTHOR, Removal.COMMENTERS, Removal.LOCATION}),
    "mp3": (corpus.mp3, Format.MP3, {Removal.TAGS}),
    "wav": (corpus.wav, Format.WAV, {Removal.TAGS}),
    "amr": (corpus.amr, Format.AMR, {Removal.TAGS}),
    "ogg": (corpus.ogg, Format.OGG, {Removal.TAGS}),
    "mp4": (corpus.mp4, Format.MP4, {Removal.TAGS, Removal.LOCATION, Removal.TRACKS}),
    "mov": (lambda: corpus.mp4(b"qt  "), Format.MOV, {Removal.TAGS, Removal.LOCATION, Removal.TRACKS}),
    "m4a": (lambda: corpus.mp4(b"M4A "), Format.M4A, {Removal.TAGS, Removal.LOCATION, Removal.TRACKS}),
    "webm": (corpus.webm, Format.WEBM, {Removal.TAGS}),
}  # fmt: skip
REFUSED = {
    "0 bytes": (lambda: b"", "empty"),
    "too large": (lambda: bytes(LARGEST + 1), "too_large"),
    "decompression bomb": (lambda: corpus.wide_png(30_000, 30_000), "too_many_pixels"),
    "long strip": (lambda: corpus.wide_png(40_000, 10), "too_many_pixels"),
    "zip bomb": (corpus.bomb, "unpacks_too_large"),
    "tags without end": (lambda: corpus.crowded("<b/>"), "unpacks_too_large"),
    "attributes without end": (lambda: corpus.crowded("="), "unpacks_too_large"),
    "docx in EBCDIC": (corpus.in_another_alphabet, "damaged"),
    "pdf bomb": (lambda: corpus.packed_pdf(Name.FlateDecode), "unpacks_too_large"),
    "pdf bomb as text": (
        lambda: corpus.packed_pdf(Name.ASCII85Decode, Name.FlateDecode, ascii85=True),
        "unpacks_too_large",
    ),
    "pdf bomb when opened": (corpus.packed_table, "unpacks_too_large"),
    "pdf packed twice": (lambda: corpus.packed_pdf(Name.FlateDecode, Name.FlateDecode, times=2), "print_again"),
    "pdf packed by another name": (
        lambda: corpus.pdf() + b"<</Fil#74er[/LZW#44ecode]>>stream\nx\nendstream",
        "print_again",
    ),
    "pdf packed who knows how": (lambda: corpus.pdf() + b"<</Filter 9 0 R>>stream\nx\nendstream", "print_again"),
    "zip": (lambda: corpus.archive(a=b"x"), "archive"),
    "rar": (lambda: b"Rar!\x1a\x07\x01\0" + MARK, "archive"),
    "apk": (lambda: corpus.archive(**{"AndroidManifest.xml": b"x", "classes.dex": b"x"}), "archive"),
    "program": (lambda: b"MZ\x90\0" + MARK, "program"),
    "script": (lambda: b"#!/bin/sh\nrm -rf /", "program"),
    "svg": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "markup"),
    "svg in xml": (lambda: b"\xef\xbb\xbf<?xml version='1.0'?><svg/>", "markup"),
    "html": (lambda: b"  <!DOCTYPE html><title>x</title>", "markup"),
    "text": (lambda: "签到通知".encode(), "plain_text"),
    "old doc": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old_office"),
    "docx with a password": (
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(6000) + "EncryptedPackage".encode("utf-16-le"),
        "locked",
    ),
    "ofd": (lambda: corpus.archive(**{"OFD.xml": b"<ofd/>", "Doc_0__Document.xml": b"<a/>"}), "other_document"),
    "odt": (lambda: corpus.archive(**{"mimetype": b"application/vnd.oasis", "content.xml": b"<a/>"}), "other_document"),
    "docm": (corpus.docm, "macros"),
    "docx with vbaProject.bin": (corpus.macros, "macros"),
    "docx with entities": (corpus.entities, "damaged"),
    "docx with an object": (corpus.object_inside, "files_inside"),
    "html before a pdf": (lambda: b"<html>" + corpus.pdf(), "markup"),
    "locked pdf": (corpus.locked_pdf, "locked"),
    "half a jpeg": (lambda: corpus.jpeg()[:300], "damaged"),
    "half a pdf": (lambda: corpus.pdf()[:200], "damaged"),
    "half a docx": (lambda: corpus.docx()[:4000], "damaged"),
    "film in fragments": (corpus.fragments, "video_unsafe"),
    "film of photographs": (lambda: corpus.mp4(b"qt  ", b"jpeg"), "video_unsafe"),
    "film of photographs by number": (lambda: corpus.film_of_photographs(0x6C), "video_unsafe"),
    "film without pictures": (lambda: corpus.box(b"ftyp", b"isom") + corpus.box(b"mdat", MARK), "video_unsafe"),
    "noise": (lambda: b"\0\1\2\3" * 100, "unknown"),
}


def cleaned(content: bytes) -> tuple[bytes, Cleaned]:
    out = io.BytesIO()
    done = clean(io.BytesIO(content), out)
    return out.getvalue(), done


def unpacked(content: bytes) -> bytes:
    """The bytes of a file with everything that is compressed in it unpacked beside them."""
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            return content + b"".join(name.encode() + unpacked(package.read(name)) for name in package.namelist())
    if content.startswith(b"%PDF"):
        out = io.BytesIO()
        with pikepdf.open(io.BytesIO(content)) as document:
            document.save(out, qdf=True, stream_decode_level=pikepdf.StreamDecodeLevel.generalized)
        return content + out.getvalue()
    return content


@pytest.mark.parametrize(("make", "form", "told"), CARRIERS.values(), ids=CARRIERS)
def test_no_byte_of_the_secret_survives_and_the_reporter_is_told(make, form, told):
    given = make()
    assert MARK in unpacked(given) or form in (Format.PNG,), "the sample must hold the secret"
    written, done = cleaned(given)
    for secret in (MARK, corpus.SECRET.encode("utf-16-le"), b"Exif", b"<script", b"SECRET7731", b"119.4500"):
        assert secret not in unpacked(written)
    assert done.format is form
    assert told <= set(done.removed)
    again, second = cleaned(written)
    assert not set(second.removed), "what was cleaned holds nothing more"
    assert len(again) > 0


@pytest.mark.parametrize(("make", "problem"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_taken_is_refused_with_its_reason(make, problem):
    with pytest.raises(FileRefused) as refused:
        cleaned(make())
    assert refused.value.problem == problem


@pytest.mark.parametrize("name", CARRIERS)
def test_a_damaged_file_gives_a_clean_one_or_a_reason_and_nothing_else(name):
    content, chance = CARRIERS[name][0](), random.Random(name)
    for attempt in range(24):
        broken = bytearray(content[: chance.randrange(1, len(content))] if attempt % 2 else content)
        for _ in range(chance.randrange(1, 6)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        try:
            cleaned(bytes(broken))
        except FileRefused:
            continue


def test_a_picture_stands_upright_and_keeps_its_pixels():
    written, done = cleaned(corpus.jpeg())
    with Image.open(io.BytesIO(written)) as picture:
        assert picture.size == (done.width, done.height) == (20, 40)
        red, green, _ = picture.convert("RGB").getpixel((10, 5))
        assert red > 200 > 60 > green


@pytest.mark.parametrize(
    ("mode", "greys"), [("I;16", (0, 32896, 65535)), ("I", (-100, 950, 2000)), ("F", (0.0, 0.5, 1.0))]
)
def test_a_scan_in_more_than_256_greys_keeps_them_apart(mode, greys):
    picture = Image.new(mode, (3, 1))
    for at, grey in enumerate(greys):
        picture.putpixel((at, 0), grey)
    out = io.BytesIO()
    picture.save(out, "PNG" if mode == "I;16" else "TIFF")
    content = cleaned(out.getvalue())[0] if mode == "I;16" else images.again(out.getvalue())[0]
    with Image.open(io.BytesIO(content)) as painted:
        found = [painted.convert("L").getpixel((at, 0)) for at in range(3)]
    assert found[0] == 0 and 126 < found[1] < 129 and found[2] > 253


def test_a_large_photograph_is_read_at_half_its_size():
    _, done = cleaned(corpus.mpo((8000, 6000)))
    assert (done.width, done.height) == (4000, 3000)
    assert MOST_PIXELS < 8000 * 6000


def test_a_document_reads_as_if_its_changes_were_accepted():
    written, _ = cleaned(corpus.docx())
    document = Document(io.BytesIO(written))
    assert document.paragraphs[0].text == "关于签到的通知加上的尾"
    assert [comment.author for comment in document.comments] == ["匿名"]
    written, _ = cleaned(corpus.xlsx())
    sheet = load_workbook(io.BytesIO(written)).active
    assert (sheet["A1"].value, sheet["A1"].comment.author) == ("签到表", "匿名")
    assert (sheet["A1"].comment.text, sheet["A2"].comment.text) == ("批注", "重复：了")


def test_a_shape_drawn_by_hand_keeps_its_lines():
    line = '<a:path xmlns:a="urn:drawing"><a:moveTo><a:pt x="0" y="9"/></a:moveTo><a:close/></a:path></w:p>'
    given = corpus.repacked(corpus.docx(), {"word/document.xml": lambda xml: xml.replace("</w:p>", line, 1)}, {})
    assert b'<a:moveTo><a:pt x="0" y="9"/></a:moveTo>' in unpacked(cleaned(given)[0])


@pytest.mark.parametrize(
    "attribute",
    [
        'wp:docPr id="8" name="图片 1" descr="C:\\Users\\{}\\Pictures\\a.jpg"', 'pic:cNvPr id="8" name="{}.JPG"',
        'v:shape alt="file:///D:/{}/a.png"', 'v:imagedata o:title="{}.jfif"', 'v:imagedata o:href="\\\\{}\\共享\\a.gif"',
        'w:permStart w:id="1" w:ed="DOM\\{}"', 'w:hyperlink w:tooltip="/Users/{}/a.docx"',
    ],
)  # fmt: skip
def test_the_place_of_a_picture_on_the_computer_of_its_author_is_gone(attribute):
    drawing = f'<{attribute.format(corpus.SECRET)} xmlns:v="urn:v" xmlns:o="urn:o" xmlns:wp="urn:wp" xmlns:pic="urn:p"/></w:p>'
    given = corpus.repacked(corpus.docx(), {"word/document.xml": lambda xml: xml.replace("</w:p>", drawing, 1)}, {})
    assert MARK not in unpacked(cleaned(given)[0])


FIELDS = {
    'PAGE \\* MERGEFORMAT': True, 'TOC \\o "1-3" \\h': True, 'HYPERLINK "https://a.cn/b"': True, 'HYPERLINK \\l "_Toc1"': True,
    'eq \\o\\ac(○,1)': True, "=SUM(ABOVE)": True, "HYPERLINK file:///C:/a.docx": False, 'HYPERLINK "a.docx"': False,
    'HYPERLINK "https://a.cn" \\o "D:\\\\我的\\\\a.docx"': False, "AUTHOR": False,
    'INCLUDEPICTURE "C:\\\\Users\\\\a\\\\1.png" \\d': False, 'DDEAUTO c:\\\\windows\\\\cmd.exe "/k calc.exe"': False,
}  # fmt: skip


@pytest.mark.parametrize(("instruction", "stays"), FIELDS.items(), ids=FIELDS)
def test_of_a_field_only_what_it_shows_stays_unless_it_is_harmless(instruction, stays):
    code = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'
    half = len(instruction) // 2
    text = "".join(
        f"<w:r><w:instrText>{escape(one)}</w:instrText></w:r>" for one in (instruction[:half], instruction[half:])
    )
    inner = code.format("begin") + "<w:r><w:instrText>PAGE</w:instrText></w:r>" + code.format("end")
    field = (
        code.format("begin")
        + text
        + inner
        + code.format("separate")
        + "<w:r><w:t>结果</w:t></w:r>"
        + code.format("end")
    )
    simple = f"<w:fldSimple w:instr={quoteattr(instruction)}><w:r><w:t>结果</w:t></w:r></w:fldSimple></w:p>"
    given = corpus.repacked(
        corpus.docx(), {"word/document.xml": lambda xml: xml.replace("</w:p>", field + simple, 1)}, {}
    )
    with zipfile.ZipFile(io.BytesIO(cleaned(given)[0])) as package:
        root = etree.fromstring(package.read("word/document.xml"))
    told = [one.text or "" for one in root.iter("{*}instrText")]
    assert ("".join(told[:2]), told[2]) == (instruction if stays else "", "PAGE")
    assert [next(iter(one.attrib.values())) for one in root.iter("{*}fldSimple")] == [instruction if stays else ""]
    assert [one.text for one in root.iter("{*}t")].count("结果") == 2


def test_a_picture_keeps_what_was_written_for_those_who_cannot_see_it():
    told = (
        '<wp:docPr xmlns:wp="urn:wp" id="8" name="图片 1" descr="签到表，8:00 到 9:00，见 https://a.cn/home/x"/></w:p>'
    )
    given = corpus.repacked(corpus.docx(), {"word/document.xml": lambda xml: xml.replace("</w:p>", told, 1)}, {})
    assert told.removesuffix("/></w:p>").split("urn:wp")[1].encode() in unpacked(cleaned(given)[0])


@pytest.mark.parametrize(("suffix", "form"), [("jfif", "JPEG"), ("jpe", "JPEG"), ("dib", "DIB")])
def test_pictures_in_a_document_come_along_whatever_their_suffix(suffix, form):
    inside = corpus.jpeg() if form == "JPEG" else corpus.picture(form)
    given = corpus.repacked(corpus.docx(), {}, {f"word/media/picture.{suffix}": inside})
    with zipfile.ZipFile(io.BytesIO(cleaned(given)[0])) as package:
        assert package.getinfo(f"word/media/picture.{suffix}").file_size


def test_a_pdf_keeps_its_pages_and_its_notes():
    written, done = cleaned(corpus.pdf())
    with pikepdf.open(io.BytesIO(written)) as document:
        assert done.pages == len(document.pages) == 1
        assert str(document.pages[0].Annots[0].Contents) == "看这里"
        assert "/P" in document.pages[0].Resources.XObject


def test_films_and_sounds_keep_what_is_seen_and_heard():
    written, _ = cleaned(corpus.mp4())
    assert len(written) == len(corpus.mp4()), "nothing moves"
    assert b"PICTURE" in written
    assert b"CODEC" in written
    assert corpus.STAMP.to_bytes(4, "big") not in written
    assert b"PICTURE" in cleaned(corpus.film_of_photographs(0x20))[0], "MPEG-4's own pictures are no photographs"
    written, _ = cleaned(corpus.webm())
    assert b"PICTURE" in written and b"\x05vorbisSETUP" in written
    assert cleaned(corpus.mp3())[0] == 4 * (b"\xff\xfb\x90\x00" + bytes(413))
    assert cleaned(corpus.amr())[0] == b"#!AMR\n" + 5 * (b"\x04" + bytes(12))
