"""Files made in memory: what people send with a secret in every place where formats keep one, and what nobody should send."""

from __future__ import annotations

import base64
import io
import struct
import wave
import zipfile
import zlib
from collections.abc import Callable, Mapping

import pikepdf
from docx import Document
from openpyxl import Workbook
from openpyxl.comments import Comment
from pikepdf import Array, Dictionary, Name
from PIL import ExifTags, Image, PngImagePlugin

SECRET = "MaLiangYu-7731"
MARK = SECRET.encode()
STAMP = 1_790_000_000


class Sent:
    """A file of a form."""

    def __init__(self, filename: str, content: bytes) -> None:
        self.filename = filename
        self.stream = io.BytesIO(content)


# --- pictures ---


def picture(form: str = "JPEG", wide: int = 20, **options: object) -> bytes:
    out = io.BytesIO()
    image = Image.new("RGB", (40, 20), "white")
    image.paste("red", (0, 0, wide, 20))
    image.save(out, form, **options)
    return out.getvalue()


def exif(orientation: int = 6) -> Image.Exif:
    """A camera's data with a place; 6 says that the picture is to be turned by a quarter."""
    found = Image.Exif()
    found[ExifTags.Base.Make] = SECRET
    found[ExifTags.Base.Orientation] = orientation
    found.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = SECRET
    place = found.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef], place[ExifTags.GPS.GPSLatitude] = "N", (32.0, 12.0, 0.0)
    place[ExifTags.GPS.GPSProcessingMethod] = MARK
    return found


def jpeg() -> bytes:
    return picture(exif=exif(), comment=MARK, xmp=MARK)


def png() -> bytes:
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", SECRET)
    text.add_text("Comment", SECRET, zip=True)
    text.add_itxt("XML:com.adobe.xmp", SECRET)
    return picture("PNG", pnginfo=text, exif=exif(1)) + MARK


def webp() -> bytes:
    return picture("WEBP", exif=exif(1).tobytes(), xmp=MARK)


def gif(wide: int = 20) -> bytes:
    """Two pictures; where red is not as wide in the first, another file is left of it."""
    second = Image.new("RGB", (40, 20), "blue")
    return picture("GIF", wide, save_all=True, append_images=[second], comment=MARK)


def mpo(size: tuple[int, int] = (40, 20)) -> bytes:
    """A photograph as many phones write it: a JPEG with a second picture behind it."""
    out = io.BytesIO()
    image = Image.new("RGB", size, "red")
    image.save(out, "MPO", save_all=True, append_images=[image.resize((20, 10))], exif=exif(1))
    return out.getvalue()


def heic() -> bytes:
    return picture("HEIF", exif=exif(1).tobytes())


def wide_png(width: int, height: int) -> bytes:
    """A few bytes that unpack to width × height pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


# --- PDF ---


def pdf() -> bytes:
    """Author, XMP, scripts, a file inside, a signature, a photograph with a place, and a revision that was taken back."""
    document = pikepdf.new()
    page = document.add_blank_page(page_size=(200, 200)).obj
    photo = document.make_stream(jpeg(), Type=Name.XObject, Subtype=Name.Image, Width=40, Height=20,
                                 ColorSpace=Name.DeviceRGB, BitsPerComponent=8, Filter=Name.DCTDecode)  # fmt: skip
    page.Resources = Dictionary(XObject=Dictionary(P=photo))
    page.Contents = document.make_stream(b"q 40 0 0 20 10 10 cm /P Do Q")
    page.PieceInfo = Dictionary(A=Dictionary(Private=SECRET))
    script = Dictionary(S=Name.JavaScript, JS=f"app.alert('{SECRET}')")
    page.AA = Dictionary(O=script)
    note = Dictionary(
        Type=Name.Annot, Subtype=Name.Text, Rect=Array([0, 0, 9, 9]), Contents="看这里", T=SECRET, A=script
    )
    page.Annots = Array([document.make_indirect(note)])
    document.Root.OpenAction = script
    document.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array(["a", script])))
    signature = Dictionary(FT=Name.Sig, T="s", V=Dictionary(Type=Name.Sig, Name=SECRET))
    document.Root.AcroForm = Dictionary(Fields=Array([document.make_indirect(signature)]))
    document.attachments[f"{SECRET}.txt"] = MARK
    document.docinfo["/Author"] = SECRET
    with document.open_metadata() as xmp:
        xmp["dc:creator"] = [SECRET]
    return _saved(document) + b"\n%" + MARK + b"\n<html><script>alert(1)</script></html>"


def locked_pdf() -> bytes:
    document = pikepdf.new()
    document.add_blank_page()
    return _saved(document, encryption=pikepdf.Encryption(owner="a", user="b"))


def packed_pdf(*filters: Name, times: int = 1, ascii85: bool = False) -> bytes:
    """A page of a few hundred kilobytes that unpacks to 101 MB, and says that it is packed by these filters."""
    content = bytes(101 * 2**20)
    for _ in range(times):
        content = zlib.compress(content, 9)
    document = pikepdf.new()
    page = document.add_blank_page().obj
    page.Contents = document.make_stream(b"")
    page.Contents.write(base64.a85encode(content) + b"~>" if ascii85 else content, filter=Array(filters))
    return _saved(document, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)


def packed_table() -> bytes:
    """A PDF whose table of objects unpacks to 101 MB: opening it is what unpacks it."""
    table = zlib.compress(bytes(101 * 2**20), 9)
    head = b"%%PDF-1.5\n1 0 obj\n<</Type/XRef/Size 2/W[1 4 1]/Root 1 0 R/Filter/FlateDecode/Length %d>>stream\r\n"
    return head % len(table) + table + b"\nendstream\nendobj\nstartxref\n9\n%%EOF"


def _saved(document: pikepdf.Pdf, **options: object) -> bytes:
    out = io.BytesIO()
    document.save(out, **options)
    return out.getvalue()


# --- office ---

_CHANGED = (
    '<w:ins w:id="1" w:author="{s}" w:date="2026-11-01T08:00:00Z"><w:r><w:t>加上的</w:t></w:r></w:ins>'
    '<w:del w:id="2" w:author="{s}"><w:r><w:delText>删去的{s}</w:delText></w:r></w:del><w:r w:rsidR="00{s}"><w:t>尾</w:t></w:r>'
)


def docx() -> bytes:
    """Author, comment, tracked changes, a template's path, a photograph with a place, custom XML."""
    document = Document()
    document.core_properties.author = document.core_properties.last_modified_by = SECRET
    paragraph = document.add_paragraph("关于签到的通知")
    document.add_comment(paragraph.runs, "批注", author=SECRET, initials="SECRET7731")
    document.add_picture(io.BytesIO(jpeg()))
    out = io.BytesIO()
    document.save(out)
    body = {"word/document.xml": lambda xml: xml.replace("</w:p>", _CHANGED.format(s=SECRET) + "</w:p>", 1)}
    link = (
        '<Relationship Id="rIdT" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate" '
        f'Target="file:///C:/Users/{SECRET}/a.dotx" TargetMode="External"/></Relationships>'
    )
    body["word/_rels/document.xml.rels"] = lambda xml: xml.replace("</Relationships>", link)
    added = {
        "customXml/item9.xml": f"<a>{SECRET}</a>", "docProps/custom.xml": f"<a>{SECRET}</a>",
        "word/people.xml": f"<a>{SECRET}</a>", "word/printerSettings/printerSettings1.bin": SECRET,
    }  # fmt: skip
    return repacked(out.getvalue(), body, added)


def xlsx() -> bytes:
    book = Workbook()
    book.properties.creator = SECRET
    book.active["A1"], book.active["A2"] = "签到表", "汇总"
    book.active["A1"].comment, book.active["A2"].comment = (
        Comment("批注", SECRET),
        Comment(f"{SECRET}:\n重复：了", SECRET),
    )
    out = io.BytesIO()
    book.save(out)
    path = '<x15ac:absPath xmlns:x15ac="http://schemas.microsoft.com/office/spreadsheetml/2010/11/ac" url="C:\\{s}"/>'
    view = '<customWorkbookViews><customWorkbookView name="{s} - 个人视图"/></customWorkbookViews></workbook>'
    tried = '<scenarios><scenario name="a" user="{s}" comment="创建者 {s}"/></scenarios>'
    web = '<webPublishItems><webPublishItem id="1" title="{s}"/></webPublishItems></worksheet>'
    changed = {
        "xl/workbook.xml": lambda xml: xml.replace("</workbook>", (path + view).format(s=SECRET)),
        "xl/worksheets/sheet1.xml": lambda xml: xml.replace("</worksheet>", (tried + web).format(s=SECRET)),
    }
    added = {
        "xl/persons/person.xml": f"<a>{SECRET}</a>",
        "xl/pivotCache/pivotCacheDefinition1.xml": f'<pivotCacheDefinition refreshedBy="{SECRET}"/>',
    }
    return repacked(out.getvalue(), changed, added)


def pptx() -> bytes:
    """A slide with a photograph, a comment with its author, who changed what, and a company's name."""
    slides = "http://schemas.openxmlformats.org/presentationml/2006/main"
    kinds = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{}</Types>'
    part = '<Override PartName="/{}" ContentType="application/xml"/>'
    people = (
        f'<p:cmAuthorLst xmlns:p="{slides}"><p:cmAuthor id="0" name="{SECRET}" initials="SECRET7731"/></p:cmAuthorLst>'
    )
    told = f'<p:cmLst xmlns:p="{slides}"><p:cm authorId="0" dt="2026-11-01T08:00:00"><p:text>批注</p:text></p:cm></p:cmLst>'
    return archive(**{
        "[Content_Types].xml": kinds.format(part.format("ppt/presentation.xml") + part.format("docProps/app.xml")).encode(),
        "ppt/presentation.xml": f'<p:presentation xmlns:p="{slides}"><!-- {SECRET} --></p:presentation>'.encode(),
        "ppt/slides/slide1.xml": f'<p:sld xmlns:p="{slides}"><p:extLst><p:ext uri="{SECRET}"/></p:extLst></p:sld>'.encode(),
        "ppt/commentAuthors.xml": people.encode(), "ppt/comments/comment1.xml": told.encode(),
        "ppt/changesInfos/changesInfo1.xml": f"<a>{SECRET}</a>".encode(),
        "docProps/app.xml": f"<Company>{SECRET}</Company>".encode(), "ppt/media/image1.jpeg": jpeg(),
    })  # fmt: skip


def repacked(package: bytes, changed: dict[str, Callable[[str], str]], added: Mapping[str, str | bytes]) -> bytes:
    """A package with some parts changed and others added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        new.comment = MARK
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, changed[name](content.decode()) if name in changed else content)
        for name, content in added.items():
            new.writestr(name, content)
    return out.getvalue()


def archive(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name.replace("__", "/"), content)
    return out.getvalue()


def bomb() -> bytes:
    """A document of a few hundred kilobytes whose text unpacks to 200 MB."""
    parts = {"[Content_Types].xml": b"<Types/>", "word__document.xml": bytes(200 * 2**20)}
    return archive(**parts)


def crowded(mark: str) -> bytes:
    """A document of a few kilobytes whose trees take most of a gigabyte: three million tags or attributes in two parts."""
    part = "<a>" + mark * 1_500_000 + "</a>"
    return repacked(docx(), {"word/document.xml": lambda xml: part, "word/styles.xml": lambda xml: part}, {})


def in_another_alphabet() -> bytes:
    """A part in EBCDIC, where no tag begins with the byte of <."""
    part = "<?xml version='1.0' encoding='IBM037'?><a>x</a>".encode("cp037")
    return repacked(docx(), {}, {"word/header9.xml": part})


def macros() -> bytes:
    return repacked(docx(), {}, {"word/vbaProject.bin": "x"})


def docm() -> bytes:
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    return repacked(
        docx(), {"[Content_Types].xml": lambda xml: xml.replace(kind, "application/vnd.ms-word.document.macroEnabled.main+xml")}, {},
    )  # fmt: skip


def entities() -> bytes:
    evil = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
    return repacked(docx(), {"word/document.xml": lambda xml: evil}, {})


def object_inside() -> bytes:
    return repacked(docx(), {}, {"word/embeddings/oleObject1.bin": SECRET})


# --- sound and film ---


def mp3() -> bytes:
    frame = b"\xff\xfb\x90\x00" + bytes(413)
    tag = b"TIT2" + len(MARK).to_bytes(4, "big") + b"\0\0" + MARK
    return b"ID3\x03\0\0" + b"\0\0\0" + bytes([len(tag)]) + tag + 4 * frame + b"TAG" + MARK.ljust(125)


def wav() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(800))
    return out.getvalue() + b"LIST" + len(MARK).to_bytes(4, "little") + MARK


def amr() -> bytes:
    return b"#!AMR\n" + 5 * (b"\x04" + bytes(12)) + b"\xff" + MARK


def ogg() -> bytes:
    comment = struct.pack("<I", 0) + struct.pack("<I", 1) + struct.pack("<I", len(MARK) + 6) + b"TITLE=" + MARK
    packets = (
        (2, b"OpusHead\x01\x01\0\0\x80\xbb\0\0\0\0\0"), (0, b"OpusTags" + comment + b"\1" + MARK), (4, b"\xfc\xff\xfe")
    )  # fmt: skip
    return b"".join(_ogg_page(flag, at, packet) for at, (flag, packet) in enumerate(packets))


def _ogg_page(flag: int, at: int, packet: bytes) -> bytes:
    from mutagen.ogg import OggPage

    page = OggPage()
    page.first, page.last = bool(flag & 2), bool(flag & 4)
    page.sequence, page.packets, page.position, page.serial = at, [packet], 0, 7
    return page.write()


def box(name: bytes, *inner: bytes) -> bytes:
    body = b"".join(inner)
    return struct.pack(">I", 8 + len(body)) + name + body


def mp4(brand: bytes = b"isom", codec: bytes = b"avc1", described: bytes = b"") -> bytes:
    """A film of one picture track and one track of positions, with a place, an encoder's name and times."""
    start = box(b"ftyp", brand + bytes(4) + brand)
    sample, positions, stray = b"PICTURE", MARK, b"stray " + MARK
    first = len(start) + 8
    tables = [
        _track(b"vide", _picture_entry(codec, described), first, len(sample)),
        _track(b"meta", box(b"mebx", bytes(8) + MARK), first + len(sample), len(positions)),
    ]
    stamp = struct.pack(">II", STAMP, STAMP)
    place = box(b"\xa9xyz", struct.pack(">HH", 18, 0), b"+32.2000+119.4500/", MARK)
    moov = box(
        b"moov", box(b"mvhd", bytes(4) + stamp + bytes(88)), *tables, box(b"udta", place), box(b"uuid", MARK + bytes(9))
    )
    return start + box(b"mdat", sample, positions, stray) + moov + box(b"free", MARK)


def scattered(media: int, chunks: int) -> bytes:
    """A film of `media` boxes with a picture and the secret in each, and a table of so many chunks, all in the first two."""
    start, each = box(b"ftyp", b"isom" + bytes(8)), box(b"mdat", b"PICTURE", MARK)
    places = [len(start) + 8 + len(each) * (at % 2) for at in range(chunks)]
    stbl = box(
        b"stbl", box(b"stsd", struct.pack(">II", 0, 1), _picture_entry()), box(b"stts", struct.pack(">IIII", 0, 1, chunks, 1)),
        box(b"stsc", struct.pack(">IIIII", 0, 1, 1, 1, 1)), box(b"stsz", struct.pack(">III", 0, 7, chunks)),
        box(b"stco", struct.pack(f">II{chunks}I", 0, chunks, *places)),
    )  # fmt: skip
    hdlr = box(b"hdlr", bytes(8) + b"vide" + bytes(13))
    trak = box(b"trak", box(b"tkhd", bytes(84)), box(b"mdia", box(b"mdhd", bytes(24)), hdlr, box(b"minf", stbl)))
    return start + media * each + box(b"moov", box(b"mvhd", bytes(100)), trak)


def _picture_entry(codec: bytes = b"avc1", described: bytes = b"") -> bytes:
    name = bytes([len(MARK)]) + MARK.ljust(31, b"\0")
    inner = box(b"avcC", b"\1CODEC") + described + box(b"xtra", MARK)
    return box(codec, bytes(42) + name + b"\0\x18\xff\xff" + inner)


def _track(handler: bytes, entry: bytes, offset: int, size: int) -> bytes:
    stbl = box(
        b"stbl", box(b"stsd", struct.pack(">II", 0, 1), entry), box(b"stts", struct.pack(">IIII", 0, 1, 1, 1)),
        box(b"stsc", struct.pack(">IIIII", 0, 1, 1, 1, 1)), box(b"stsz", struct.pack(">IIII", 0, 0, 1, size)),
        box(b"stco", struct.pack(">III", 0, 1, offset)),
    )  # fmt: skip
    hdlr = box(b"hdlr", bytes(8) + handler + bytes(12) + MARK)
    return box(b"trak", box(b"tkhd", bytes(84)), box(b"mdia", box(b"mdhd", bytes(24)), hdlr, box(b"minf", stbl)))


def film_of_photographs(type_of_mpeg4: int) -> bytes:
    """A film whose pictures MPEG-4 knows by this number, as FFmpeg writes one of JPEGs."""
    described = b"\x03\x80\x80\x80\x1b\0\1\0\x04\x80\x80\x80\x0d" + bytes([type_of_mpeg4]) + b"\x11"
    return mp4(codec=b"mp4v", described=box(b"esds", bytes(4) + described + bytes(11)))


def fragments() -> bytes:
    return box(b"ftyp", b"iso6" + bytes(4)) + box(b"moov", box(b"mvex")) + box(b"moof") + box(b"mdat", MARK)


def element(name: int, *inner: bytes) -> bytes:
    body = b"".join(inner)
    raw = name.to_bytes((name.bit_length() + 7) // 8, "big")
    return raw + (1 << 56 | len(body)).to_bytes(8, "big") + body


def webm() -> bytes:
    info = element(0x1549A966, element(0x2AD7B1, b"\x0f\x42\x40"), element(0x7BA9, MARK), element(0x5741, MARK))
    track = element(0xAE, element(0xD7, b"\1"), element(0x83, b"\1"), element(0x86, b"V_VP8"), element(0x536E, MARK))
    comment = b"\x03vorbis" + struct.pack("<I", 0) + struct.pack("<II", 1, len(MARK)) + MARK + b"\1"
    private = b"\2\x08" + bytes([len(comment)]) + b"\x01vorbis." + comment + b"\x05vorbisSETUP"
    sound = element(
        0xAE, element(0xD7, b"\2"), element(0x83, b"\2"), element(0x86, b"A_VORBIS"), element(0x63A2, private)
    )
    cluster = element(0x1F43B675, element(0xE7, b"\0"), element(0xA3, b"\x81\0\0\x80PICTURE"))
    tags = element(0x1254C367, element(0x7373, MARK)) + element(0x1941A469, MARK)
    head = element(0x1A45DFA3, element(0x4282, b"webm"))
    return head + element(0x18538067, info, element(0x1654AE6B, track, sound), cluster, tags)
