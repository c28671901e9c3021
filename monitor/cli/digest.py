"""The weekly digest by hand: look at it, or send it."""

from __future__ import annotations

from pathlib import Path

import click

from monitor.cli.shell import as_json, emit, load_config


@click.command()
@click.option(
    "--week",
    help="An ISO week such as 2026-W48; if left out the last whole week, for governors the last whole term.",
)
@click.option(
    "--preview", type=click.Path(path_type=Path, dir_okay=False), help="Write the HTML to this file."
)
@click.option("--send", is_flag=True, help="Queue it for everyone who gets it, and send it now.")
@click.option("--governors", is_flag=True, help="The governors' edition: numbers only.")
@click.option("--school", "slug", help="Which school, where the configuration has several.")
@as_json
@click.pass_context
def digest(
    ctx: click.Context,
    week: str | None,
    preview: Path | None,
    send: bool,
    governors: bool,
    slug: str | None,
    json_lines: bool,
) -> None:
    """Show the digest of a week as text; write its HTML with --preview, or --send it.

    The leadership gets it each Monday by itself, the governors theirs after each term that [calendar] names.

    Example: mention-monitor digest --week 2026-W48 --preview digest.html
    """
    from monitor import log
    from monitor.app import open_app
    from monitor.cli.texts import one_school
    from monitor.jobs import delivering, reporting
    from monitor.store import exercises

    config = load_config(ctx)
    slug = one_school(config, slug)
    log.configure("WARNING")
    with open_app(config) as app:
        with (
            app.store.write() as tx
        ):  # before the first round nobody has written down that there is this school
            exercises.know(tx, slug, config.schools[slug].settings.school.name)
        try:
            period = reporting.period(app, slug, week, app.now(), governors=governors)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--week") from None
        if json_lines:
            emit(reporting.build_digest(app, slug, period, governors=governors))
            return
        mail = reporting.preview(app, slug, period, governors=governors)
        if send:
            readers = reporting.queue_digest(app, slug, period, app.now(), governors=governors)
            sent = delivering.deliver_all(app, app.now())
            click.echo(
                f"{sum(each.outcome == 'sent' for each in sent)} mails sent."
                if readers
                else "Nobody gets this edition: no [[person]] has the role chair."
            )
    if preview is not None:
        preview.write_text(mail.html, encoding="utf-8")
        click.echo(f"The digest is in {preview}")
    elif not send:
        click.echo(f"{mail.subject}\n\n{mail.text}")
