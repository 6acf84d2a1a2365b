"""Every scikit-learn estimator that suits a table with one label, as the module ``sklearn.<Name>``.

`generate` looks at the installed scikit-learn and writes ``estimators.json``; the host makes forms from that
file alone, so checking an experiment never imports scikit-learn.
"""
