"""A payment promised for 8 pm arrives at 8 pm the next day: thank the participants, or apologise?

From the source (a secondary account of You, Yang, Wang and Deng 2020): 91.1% of the thanked participants
completed the survey that followed, and 78.4% of those apologised to; mean satisfaction was higher too. How
many took part is not known to us, and the two percentages alone do not say how sure the result is.

Ours: the sentences (the published ones are not known for this study) and the 10 points worth acting on. The
78.4% is the published rate.
"""

from amends import Experiment, Mean, Proportion, delayed_by, sorry, text, thank_you

experiment = Experiment(
    question=text(
        id="Pembayaran yang dijanjikan pukul 20.00 baru tiba pukul 20.00 esok harinya: berterima "
        "kasih kepada peserta atau meminta maaf?",
    ),
    owner="research",
    unit="participant",
    eligible=delayed_by(hours=24),
    notice=text(
        en="Hello {first_name}, the study payment promised for 8 pm yesterday was made at 8 pm today.",
        id="Halo {first_name}, kompensasi penelitian yang kami janjikan kemarin pukul 20.00 baru masuk hari ini pukul 20.00.",
    ),
    arms=[
        thank_you(en="Thank you for waiting so patiently.", id="Terima kasih sudah sabar menunggu."),
        sorry(en="We are sorry about this delay.", id="Mohon maaf atas keterlambatan ini."),
    ],
    metrics=[
        Proportion("completed", baseline=0.784, detect=0.10),
        Mean("satisfaction", scale=(1, 7), sd=1.4, detect=0.5),
    ],
)
