"""The expressions of OData 4.01 that the list's options hold, after its ABNF and URL conventions.

`filter` and `orderby` are what the rest of the contract calls. Below them, `tokens` cuts the text;
`reader`, `lambdas`, `terms` and `grammar` are the rules, each on top of the one before; `literals`
and `times` read values; `names` knows what a name stands for; `operators`, `arithmetic`,
`functions` and `promotion` say which types go together. Sections cited are those of OData 4.01
Part 2, URL Conventions.
"""
