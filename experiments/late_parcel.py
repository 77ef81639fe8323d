"""A parcel is late: thank the customer for waiting, apologise, or only state the facts?

From the source: You, Yang, Wang and Deng (2020, Journal of Marketing 84(2), 133-150) find that thanking
customers after a service failure beats apologising. Nothing is known about parcels, and other work finds the
direction flipped where the failure is severe, so this file assumes no winner.

Ours: the parcel, the sentences, the silent arm, the 24 hours, and the planning figures (two in five
complete the survey; 5 percentage points or 0.3 points of satisfaction are worth acting on). Put your own in
their place.
"""

from amends import Experiment, Mean, Proportion, delayed_by, silence, sorry, text, thank_you

experiment = Experiment(
    question=text(
        id="Paket terlambat: lebih baik berterima kasih kepada pelanggan, meminta maaf, atau "
        "menyampaikan faktanya saja?",
    ),
    owner="delivery-cx",
    eligible=delayed_by(hours=24),
    notice=text(
        en="Hello {first_name}, your parcel {tracking_number} is late. It should arrive on {new_date}.",
        id="Halo Kak {first_name}, paket dengan nomor resi {tracking_number} terlambat dan diperkirakan tiba {new_date}.",
    ),
    arms=[
        thank_you(en="Thank you for waiting so patiently.", id="Terima kasih sudah sabar menunggu."),
        sorry(en="We are sorry about this delay.", id="Mohon maaf atas keterlambatan ini."),
        silence(),
    ],
    metrics=[
        Proportion("completed", baseline=0.40, detect=0.05),
        Mean("satisfaction", scale=(1, 7), sd=1.4, detect=0.3),
    ],
)
