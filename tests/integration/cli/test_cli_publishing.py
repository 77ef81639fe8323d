"""Reports and bundles as files: written whole, in either language, and refused in one sentence."""

from pathlib import Path

STUDIES = Path(__file__).parents[3] / "framework" / "amends" / "studies" / "data"
EXPERIMENTS = Path(__file__).parents[3] / "experiments"


def imported(desk):
    desk.file("experiments/email_replies.py", (EXPERIMENTS / "email_replies.py").read_bytes())
    desk(
        "import",
        "email_replies",
        str(STUDIES / "broockman_email_replies.csv"),
        *(
            "--arm",
            "treat_out",
            "--completed",
            "responded",
            "--map",
            "0=in_district",
            "--map",
            "1=out_of_district",
        ),
    )
    return desk


def test_real_emails_leave_as_a_bundle_that_r_confirms(desk):
    said = imported(desk)("export", "email_replies", "--bundle").stdout
    assert "to email_replies_bundle" in said
    assert "R agrees with 5 of 5 figures." in said
    assert (desk.folder / "email_replies_bundle" / "units.csv").read_text().count("\n") == 5594


def test_a_bundle_of_a_running_experiment_is_refused_with_the_remedy(running):
    assert "amends stop late_parcel" in running.refused("export", "late_parcel", "--bundle")


def test_a_bundle_in_another_format_is_refused(desk):
    said = imported(desk).refused("export", "email_replies", "--bundle", "--format", "parquet")
    assert "--format parquet" in said
    assert not (desk.folder / "email_replies_bundle").exists()


def test_the_report_is_written_in_every_form_and_either_language(running):
    files = [f"r.{form}" for form in ("html", "md", "pdf", "png")]
    options = [
        part
        for form, name in zip(("html", "markdown", "pdf", "png"), files, strict=True)
        for part in (f"--{form}", name)
    ]
    running("report", "late_parcel", "--locale", "id", *options)
    assert "Apa yang dilakukan" in (running.folder / "r.html").read_text(encoding="utf-8")
    assert (running.folder / "r.pdf").read_bytes().startswith(b"%PDF")
    assert (running.folder / "r.png").read_bytes().startswith(b"\x89PNG")


def test_a_language_no_report_speaks_is_refused(running):
    said = running.refused("report", "late_parcel", "--locale", "fr", "--html", "r.html")
    assert "--locale fr" in said
    assert not (running.folder / "r.html").exists()
