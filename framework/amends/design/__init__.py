"""What an experiment is: arms, wording, metrics, eligibility, survey, plan. Pure, standard library only."""
