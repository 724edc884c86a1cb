"""What a teacher is to the oracle: a function of raw samples, as the files have them, to scores [samples, outputs].

`form` of the function tells what the scores are: logits, probabilities, or numbers.
"""


def answers(form, function):
    def scores(x):
        return function(x)

    scores.form = form
    return scores
