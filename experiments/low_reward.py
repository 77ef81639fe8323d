"""The gift is worse than announced: does a thank you or an apology in the survey raise satisfaction?

From the source (You, Yang, Wang and Deng 2020): participants got a worse reward than announced and read
"Thank you for your understanding. We appreciated it!", "Sorry about this situation. We apologize!" or
nothing; then they rated their satisfaction. The means are not known to us.

Ours: the sentences, adapted from the published ones, and the planning figures. The sentence stands on the
survey page, so everybody has opened the survey before reading it: satisfaction is the question here, not
completion.
"""

from amends import Experiment, Mean, Proportion, silence, sorry, text, thank_you

experiment = Experiment(
    question=text(
        id="Hadiah ternyata tidak sebaik yang dijanjikan: apakah terima kasih atau maaf dalam "
        "survei menaikkan kepuasan?",
    ),
    owner="research",
    unit="participant",
    show_message="survey",
    notice=text(
        en="Hello {first_name}, the gift you will receive is not as good as the one we showed you.",
        id="Halo {first_name}, hadiah yang akan Anda terima tidak sebagus yang kami tunjukkan di awal.",
    ),
    arms=[
        thank_you(
            en="Thank you for your understanding. We appreciate it.",
            id="Terima kasih atas pengertian Anda. Kami sangat menghargainya.",
        ),
        sorry(
            en="Sorry about this situation. We apologise.",
            id="Mohon maaf atas keadaan ini. Kami sungguh menyesal.",
        ),
        silence(),
    ],
    metrics=[
        Mean("satisfaction", scale=(1, 7), sd=1.4, detect=0.6),
        Proportion("completed", baseline=0.80, detect=0.10),
    ],
)
