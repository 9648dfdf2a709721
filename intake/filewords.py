"""The Chinese about files: what they are, what was taken out of them, why one was not taken."""

from __future__ import annotations

import mimetypes

from intake.cleaning import FORMATS, Format, Kind, Removal

#: Why a file was not taken, and what to do instead.
FILE_PROBLEMS = {
    "empty": "文件是空的，请重新选择",
    "too_large": "超过 20 MB。请只留要紧的部分再附上：图片截取，文档只留要紧的页",
    "same": "这个文件已经附上了，不用再附一次",
    "too_many": "最多 9 个，请先去掉不要紧的，或者提交后凭查询码再补充",
    "too_many_pixels": "图片的尺寸太大，请截取要紧的部分再附上",
    "too_many_pages": "页数太多，请只留要紧的页",
    "unpacks_too_large": "文档太大，请只留要紧的页，另存为 PDF 再附上",
    "archive": "不收压缩包，请解压后一个一个附上",
    "program": "不收程序。请附图片、PDF、Office 文档、录音或视频",
    "markup": "不收网页和 SVG 文件。请截图，或者用“打印—另存为 PDF”",
    "plain_text": "不收纯文本文件，请把文字直接贴到“经过”里",
    "old_office": "旧格式的文档清理不干净。请打开后另存为 DOCX、XLSX、PPTX 或 PDF 再附上",
    "other_document": "OFD、ODT 这类文档清理不了。请用阅读器打开，另存为 PDF 再附上",
    "macros": "文档里有宏，可能会运行程序。请另存为不带宏的格式，或者 PDF",
    "files_inside": "文档里嵌着别的文件。请去掉嵌入的文件，或者另存为 PDF",
    "locked": "文件设了密码，我们打不开。请去掉密码再附上",
    "print_again": "里面有清理不了的内容。请用“打印—另存为 PDF”重新生成一份",
    "video_unsafe": "这种录音或视频清理不干净，可能带着拍摄地点。请用手机相册或剪辑软件另存为 MP4 再附上",
    "damaged": "文件不完整或已损坏，请确认能正常打开，再附一次",
    "busy": "现在附文件的人多，请过一分钟再附一次；线索可以先提交，凭查询码再补充附件",
    "not_stored": "现在存不下文件。线索可以先提交，过些时候凭查询码再补充附件",
    "unknown": "认不出是什么文件。请附图片、PDF、Office 文档、录音或视频",
}
#: What to do with a file that is too large, by what it is.
TOO_LARGE = {
    "image": "图片超过 20 MB。请截取要紧的部分，或者截屏后再附上",
    "video": "视频超过 20 MB。请剪短或压缩后再附上",
    "audio": "录音超过 20 MB。请剪短后再附上",
}
#: What was taken out of a file so that it does not lead to the reporter.
REMOVED = {
    Removal.LOCATION: "拍摄或录制的地点",
    Removal.CAMERA: "拍摄时间、手机或相机的型号",
    Removal.HIDDEN_TEXT: "看不见的说明文字",
    Removal.FRAMES: "动图只留第一幅",
    Removal.AUTHOR: "作者、单位、电脑路径等文档属性",
    Removal.COMMENTERS: "批注人的姓名",
    Removal.REVISIONS: "修订记录（按接受修订处理）",
    Removal.SCRIPTS: "脚本和自动动作",
    Removal.EMBEDDED: "夹带的文件",
    Removal.SIGNATURES: "电子签名里的姓名",
    Removal.LINKS: "指向您电脑或外部文件的链接",
    Removal.TAGS: "标题、作者、录制设备等标签",
    Removal.TRACKS: "夹在视频里的位置和传感器记录",
}
KINDS = {
    Kind.IMAGE: "图片", Kind.PDF: "PDF", Kind.OFFICE: "文档", Kind.AUDIO: "录音", Kind.VIDEO: "视频",
}  # fmt: skip


def refusal(name: str, problem: str) -> str:
    """Why a file was not taken, with its name."""
    kind = (mimetypes.guess_type(name)[0] or "").partition("/")[0]
    why = TOO_LARGE.get(kind) if problem == "too_large" else None
    return f"“{name}”没有附上：{why or FILE_PROBLEMS[problem]}"


def file_size(size: int) -> str:
    """Bytes as people say them: 820 KB, 3.4 MB."""
    return f"{size / 2**20:.1f} MB" if size >= 2**20 else f"{max(1, round(size / 1024))} KB"


def file_kind(form: Format) -> str:
    """What a person would call a file."""
    return KINDS[FORMATS[form].kind]
