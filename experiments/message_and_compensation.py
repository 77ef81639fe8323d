"""A parcel is late: does it matter whether we thank or apologise when a voucher comes with it?

From the source: study 7 of You, Yang, Wang and Deng (2020) finds that thanking still wins when compensation
is added; study 6 adds an arm that does both. Later work (Kato et al. 2021) finds the order reversed where
the compensation is small.

Ours: the parcel, the sentences, the voucher, and the planning figures. Thanks and apology are compared twice,
without a voucher and with one; the voucher itself is not on trial.
"""

from amends import Arm, Experiment, Mean, Proportion, delayed_by, text

experiment = Experiment(
    question=text(
        id="Paket terlambat: bila ada voucher, apakah masih ada bedanya antara berterima kasih "
        "dan meminta maaf?",
    ),
    owner="delivery-cx",
    eligible=delayed_by(hours=24),
    notice=text(
        en="Hello {first_name}, your parcel {tracking_number} is late. It should arrive on {new_date}.",
        id="Halo Kak {first_name}, paket dengan nomor resi {tracking_number} terlambat dan diperkirakan tiba {new_date}.",
    ),
    arms=[
        Arm(
            "thank_you",
            en="Thank you for waiting so patiently.",
            id="Terima kasih sudah sabar menunggu.",
            factors={"message": "thank_you", "voucher": "no"},
        ),
        Arm(
            "sorry",
            en="We are sorry about this delay.",
            id="Mohon maaf atas keterlambatan ini.",
            factors={"message": "sorry", "voucher": "no"},
        ),
        Arm(
            "thank_you_voucher",
            en="Thank you for waiting so patiently. A voucher of {voucher_amount} is in your account.",
            id="Terima kasih sudah sabar menunggu. Voucher {voucher_amount} sudah masuk ke akun Anda.",
            factors={"message": "thank_you", "voucher": "yes"},
        ),
        Arm(
            "sorry_voucher",
            en="We are sorry about this delay. A voucher of {voucher_amount} is in your account.",
            id="Mohon maaf atas keterlambatan ini. Voucher {voucher_amount} sudah masuk ke akun Anda.",
            factors={"message": "sorry", "voucher": "yes"},
        ),
    ],
    contrasts=[("thank_you", "sorry"), ("thank_you_voucher", "sorry_voucher")],
    metrics=[
        Proportion("completed", baseline=0.40, detect=0.05),
        Mean("satisfaction", scale=(1, 7), sd=1.4, detect=0.3),
    ],
)
