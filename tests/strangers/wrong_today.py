"""The kinds of strange folders that are not read as they should be: a list to be emptied."""

from payloads import YAML

WRONG_TODAY = {
    "run: all files": "links are followed out of the folder, over the whole machine",
    "sweep: all files": "links are followed out of the folder, over the whole machine",
    "run: a pipe": "misclassified.npz is opened whatever it is",
    "sweep: a pipe": "misclassified.npz is opened whatever it is",
    "run: summary's keys": "control characters in --csv",
    "run: a device": "misclassified.npz is opened whatever it is",
    "run: lying pictures": "an .npy in the place of misclassified.npz",
    "run: config's tags": "KeyError of !!bool 7",
    "run: config's numbers": "integers of 5,000 hexadecimal digits",
    "run: config's deep": "RecursionError in OmegaConf.create",
    "run: config's texts": "messages of 100,000 characters",
    "run: data elsewhere": "caches are written where the config says",
    "run: several": "all of these",
    **dict.fromkeys(
        (f"sweep: plan's {what}" for what in YAML), "asked[-1] is believed to be a mapping"
    ),
    "sweep: what was asked": "a folder of configs out of sweep.yaml",
    "sweep: jobs' names": "places and control characters",
    "sweep: another plan": "asked[-1] is believed to be a mapping",
    "sweep: several": "all of these",
    **dict.fromkeys((f"search: asked {what}" for what in YAML), "messages of 100,000 characters"),
    "search: another search": "YAML that is not plain",
    "search: what was asked": "storage, places, words that Hydra takes minutes to read",
    "search: statements": "views that never end, distributions that are none",
    "search: trials' names": "folders elsewhere",
    "search: several": "all of these",
}
ENDLESS = {"run: all files", "sweep: all files"}  # of these, those that would take too long to see
