"""What members are told beside the plan: options, risks, rules that bind, dates of the data.

| module | what it answers |
|---|---|
| `nine` | the nine factors of a shared site, as readers call them |
| `own_words` | the records in which planners write their own words and risks |
| `sight` | a plan as all of this reads it: cover, books, how each standard stands |
| `options` | do nothing, do minimum and the plan, with the same figures of each |
| `factors` | the nine factors of each option, from the data, with what is not recorded |
| `risks`, `risks_of_money`, `risks_of_cover`, `risks_of_estate` | what could go wrong |
| `binding`, `binding_limits` | rules that hold with no room to spare |
| `data_dates` | how old the layers are, and what their sources disagree about |
| `record` | all of it as run.json holds it |

Sums of money stand only in fields of their own, never in a sentence, and no sentence names a
building: a version for the public leaves out fields and ids, and need not read prose.
"""
