/** Long values in messages, cut with a mark: by it redaction knows that a secret may have been cut in two. */

/** At most `most` characters, the last of which is `…` when there were more. */
export const cutText = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most - 1)}…` : text;

/** The end of a text, with the mark at its beginning. */
export const cutFront = (text: string, most: number): string =>
  text.length > most ? `…${text.slice(text.length - most + 1)}` : text;
