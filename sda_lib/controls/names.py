"""Names of the controls of writers with their meaning; free of other imports, for help texts."""

CONTROLS = {
    "density": "how much happens: onsets per second and the share of time that sounds",
    "pulse": "how regularly onsets repeat",
    "brightness": "where the spectrum's weight lies",
    "loudness": "the level of what sounds",
    "pitch": "how high the tones are, in sounds that have a pitch",
}
