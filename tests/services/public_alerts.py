"""Alerts as a weather service sends them, in CAP 1.2."""

INFO = """<info><language>{language}</language><category>Met</category><event>Rainstorm</event>
 <urgency>Immediate</urgency><severity>{severity}</severity><certainty>Observed</certainty>
 <expires>{expires}</expires><headline>{headline}</headline><instruction>{instruction}</instruction></info>"""


def info(language="en-US", severity="Severe", headline="Red rainstorm warning", instruction="Stay inside.", **more):
    expires = more.get("expires", "2026-03-01T20:00:00+08:00")
    return INFO.format(
        language=language, severity=severity, headline=headline, instruction=instruction, expires=expires
    )


def cap(*infos, name="CN-1", status="Actual", kind="Alert", references="", version="1.2"):
    refers = f"<references>{references}</references>" if references else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><alert xmlns="urn:oasis:names:tc:emergency:cap:{version}">'
        f"<identifier>{name}</identifier><sender>weather@example.cn</sender><sent>2026-03-01T16:00:00+08:00</sent>"
        f"<status>{status}</status><msgType>{kind}</msgType><scope>Public</scope>{refers}{''.join(infos)}</alert>"
    )
