"""Do politicians answer an e-mail more often when it comes from their own district?

From the source: Broockman (2013, American Journal of Political Science 57(3), 521-536) wrote to 5,593 state
legislators and drew by lot whether the writer said to live in their district or far outside it. The data are
published (package causaldata, MIT licence), so this experiment runs on real answers.

Ours: nothing is sent from here. The two arms have no text of their own, there is no invitation, and the rows
come in by `amends import`. "Completed" stands for "replied to the e-mail": it is the column given as
--completed. The planning figures are ours too.
"""

from amends import Arm, Experiment, Proportion, text

experiment = Experiment(
    question=text(
        id="Apakah politisi lebih sering membalas email yang datang dari daerah pemilihannya sendiri?"
    ),
    owner="research",
    unit="email",
    invitation=None,
    arms=[Arm("in_district"), Arm("out_of_district")],
    metrics=[Proportion("completed", baseline=0.50, detect=0.05)],
)
