/**
 * Short sounds for eyes that are on a tube: right is one high note, wrong two low ones, again three in between. Words
 * and a picture always say the same; without a loudspeaker nothing is lost.
 */

export type Sound = "right" | "wrong" | "again";

interface Note {
  /** Hertz. */
  pitch: number;
  /** Seconds from the beginning. */
  at: number;
  /** Seconds. */
  long: number;
}

const NOTES: Record<Sound, Note[]> = {
  right: [{ pitch: 1_320, at: 0, long: 0.09 }],
  wrong: [
    { pitch: 196, at: 0, long: 0.18 },
    { pitch: 165, at: 0.24, long: 0.26 },
  ],
  again: [
    { pitch: 660, at: 0, long: 0.07 },
    { pitch: 660, at: 0.11, long: 0.07 },
    { pitch: 660, at: 0.22, long: 0.07 },
  ],
};
const LOUD = 0.25;
/** A note that begins or ends at once clicks. */
const EDGE = 0.008;

let context: AudioContext | undefined;

/** Plays a sound where there is something to play it with. */
export function play(sound: Sound): void {
  if (typeof AudioContext === "undefined") return;
  try {
    context ??= new AudioContext();
    // A window that was long in the background holds its sounds back.
    if (context.state === "suspended") void context.resume();
    for (const note of NOTES[sound]) sing(context, note);
  } catch {
    // No sound card: the words on the screen are enough.
  }
}

function sing(audio: AudioContext, { pitch, at, long }: Note): void {
  const [voice, volume] = [audio.createOscillator(), audio.createGain()];
  const [begin, end] = [audio.currentTime + at, audio.currentTime + at + long];
  voice.frequency.value = pitch;
  volume.gain.setValueAtTime(0, begin);
  volume.gain.linearRampToValueAtTime(LOUD, begin + EDGE);
  volume.gain.setValueAtTime(LOUD, end - EDGE);
  volume.gain.linearRampToValueAtTime(0, end);
  voice.connect(volume).connect(audio.destination);
  voice.start(begin);
  voice.stop(end);
}
