"""A blocked experiment is audited by dealing its sealed list again from the seed."""

from sqlalchemy import create_engine

from amends import blocked


def test_the_report_replays_the_sealed_list_and_one_arm_changed_by_hand_is_not_trustworthy(
    open_lab, define, late, settings
):
    lab = open_lab(define(randomize=blocked(by=("site",))))
    for n in range(60):
        lab.assign("late_parcel", n, strata={"site": "north" if n % 2 else "south"}, **late)
    assert lab.analyze("late_parcel").to_dict()["sample_ratio"]["ok"] is True
    lab.close()
    engine = create_engine(settings.database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE assignment SET arm = CASE arm WHEN 'sorry' THEN 'silence' ELSE 'sorry' END"
            " WHERE number = 7"
        )
    engine.dispose()
    report = open_lab(define(randomize=blocked(by=("site",)))).analyze("late_parcel").to_dict()
    assert report["sample_ratio"]["ok"] is False
    assert {contrast["verdict"] for contrast in report["contrasts"]} == {"not trustworthy"}
