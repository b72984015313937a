"""The options of `headwater ledger set`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

SiteArgument = Annotated[str, typer.Argument(metavar="SITE_ID", help="Its id in the data. 对象编号。")]
StatusOption = Annotated[
    str | None,
    typer.Option(
        "--status",
        metavar="STATUS",
        help="not_started on_schedule behind completed accepted closed reopened cannot_fix; or in Chinese. 状态。",
    ),
]
ByOption = Annotated[str, typer.Option("--by", metavar="WHO", help="Who says so. 谁说的。")]
OnOption = Annotated[
    str | None, typer.Option("--on", metavar="DATE", help="On which day, or at which time; left out, now. 日期。")
]
NoteOption = Annotated[str, typer.Option("--note", metavar="TEXT", help="Anything to add. 说明。")]
EvidenceOption = Annotated[
    list[Path] | None,
    typer.Option("--evidence", metavar="FILE", help="A document; kept by its content. May be repeated. 佐证材料。"),
]
LayerOption = Annotated[
    str | None,
    typer.Option(
        "--layer",
        metavar="LAYER",
        help="Where several layers have the id; for --same-as also protection_zones, river_sections. 图层。",
    ),
]
BeforeOption = Annotated[
    list[Path] | None,
    typer.Option("--before", metavar="FILE", help="A photo from before. May be repeated. 整改前照片。"),
]
AfterOption = Annotated[
    list[Path] | None, typer.Option("--after", metavar="FILE", help="A photo from after. May be repeated. 整改后照片。")
]
NoPhotoOption = Annotated[
    str | None, typer.Option("--no-photo", metavar="WHY", help="Why there are no photos. 没有照片的理由。")
]
UnitOption = Annotated[
    str | None,
    typer.Option("--accepting-unit", metavar="UNIT", help="Who accepted; not the responsible unit. 验收单位。"),
]
NoticeOption = Annotated[
    str | None, typer.Option("--notice", metavar="FROM..TO", help="Days of public notice, both counted. 公示起止日期。")
]
TargetOption = Annotated[
    str | None, typer.Option("--target-class", metavar="CLASS", help="Class of water wanted, as III. 水质目标。")
]
AttainedOption = Annotated[
    str | None,
    typer.Option("--attained-class", metavar="CLASS", help="Class attained; with --evidence or --note. 实测类别。"),
]
SignatureOption = Annotated[
    list[str] | None,
    typer.Option("--signature", metavar="ROLE=NAME", help="Who signed in which role. May be repeated. 签字。"),
]
ExtendOption = Annotated[
    str | None, typer.Option("--extend", metavar="DATE", help="A later deadline; with --reason. 延期至。")
]
ReasonOption = Annotated[str, typer.Option("--reason", metavar="WHY", help="Of a step back, an extension … 理由。")]
ProgressOption = Annotated[
    str | None, typer.Option("--progress", metavar="SHARE", help="Of the work, as 60%. 完成比例。")
]
LookBackOption = Annotated[
    str | None,
    typer.Option("--look-back", metavar="kept|relapsed", help="What a visit after closing found. 回头看结果。"),
]
ResolveOption = Annotated[
    list[str] | None,
    typer.Option("--resolve", metavar="UUID", help="Visits to decide between. May be repeated. 裁定冲突的巡查。"),
]
KeepOption = Annotated[
    str | None, typer.Option("--keep", metavar="UUID", help="The visit that holds; or --status. 以哪次巡查为准。")
]
OverrideOption = Annotated[
    str | None,
    typer.Option("--override", metavar="FINDING_ID", help="A finding, with --result and --reason. 对结论的人工判定。"),
]
ResultOption = Annotated[
    str | None, typer.Option("--result", metavar="RESULT", help="violation, check or clear. 认定的结论。")
]
SameOption = Annotated[
    str | None, typer.Option("--same-as", metavar="ID", help="It is the site once known as ID. 与该编号是同一对象。")
]
NotSameOption = Annotated[
    str | None, typer.Option("--not-same-as", metavar="ID", help="It is another one than ID. 与该编号不是同一对象。")
]
