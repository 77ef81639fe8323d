"""Participants filled in the wrong survey and get the right one by QR card: thank them, or apologise?

From the source (a secondary account of You, Yang, Wang and Deng 2020): the design only. The wrong survey was
loaded, and the right one followed on a card with a QR code. Neither the arms nor the result are
known to us.

Ours: all three arms, every sentence, and the planning figures. A card names nobody, so there is no slot for a
name.
"""

from amends import Experiment, Mean, Proportion, silence, sorry, text, thank_you

experiment = Experiment(
    question=text(
        id="Peserta mengisi survei yang salah, lalu menerima survei yang benar lewat kartu QR: "
        "berterima kasih atau meminta maaf?",
    ),
    owner="research",
    unit="participant",
    notice=text(
        en="The survey you just filled in was the wrong one. The right one opens with this QR code.",
        id="Halo, survei yang tadi Anda isi ternyata keliru. Survei yang benar bisa dibuka lewat kode QR ini.",
    ),
    arms=[
        thank_you(en="Thank you for your understanding.", id="Terima kasih atas pengertian Anda."),
        sorry(en="We are sorry about our mistake.", id="Mohon maaf atas kekeliruan kami."),
        silence(),
    ],
    metrics=[
        Proportion("completed", baseline=0.60, detect=0.15),
        Mean("satisfaction", scale=(1, 7), sd=1.4, detect=0.5),
    ],
)
