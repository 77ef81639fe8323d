"""Food promised fast arrives after half an hour or more: thank the guests for waiting, or apologise?

From the source (a secondary account of You, Yang, Wang and Deng 2020): guests who were promised quick food
and waited 30 to 50 minutes found a survey card on the table; far more of the thanked ones filled it in. The
numbers are not known to us.

Ours: the sentences, one card per party, the sealed order by site and shift (a waiter who can guess the next
card may choose the table for it), and the planning figures. A card names nobody, so there is no slot for a
name.
"""

from amends import Experiment, Mean, Proportion, blocked, delayed_by, service_quality, sorry, text, thank_you

experiment = Experiment(
    question=text(
        id="Makanan yang dijanjikan cepat baru datang setelah setengah jam atau lebih: berterima "
        "kasih kepada tamu atau meminta maaf?",
    ),
    owner="restaurants",
    unit="party",
    eligible=delayed_by(minutes=30),
    sender="human",
    randomize=blocked(by=("site", "shift")),
    notice=text(
        en="Your food took longer than we promised.",
        id="Halo Kak, makanannya tadi datang lebih lama dari yang kami janjikan.",
    ),
    arms=[
        thank_you(en="Thank you for waiting so patiently.", id="Terima kasih sudah sabar menunggu."),
        sorry(en="We are sorry about this delay.", id="Mohon maaf atas keterlambatan ini."),
    ],
    survey=[service_quality()],
    metrics=[
        Proportion("completed", baseline=0.30, detect=0.15),
        Mean("satisfaction", scale=(1, 7), sd=1.4, detect=0.5),
    ],
)
