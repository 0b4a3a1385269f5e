/** Texts as the words in them: those of text `i` end at `ends[i]` and begin where the former's end. */
export interface WordsOfTexts {
  readonly words: Uint32Array;
  readonly ends: Uint32Array;
}

/**
 * Where each word stands: word `w` in the texts `texts[starts[w]]` … `texts[ends[w] - 1]`, in ascending
 * order, and `counts` times in each.
 */
export interface WordPlaces {
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly texts: Uint32Array;
  readonly counts: Uint32Array;
}

/** Turns texts of words into the places of the words: a counting sort, O(words in all texts). */
export function wordPlaces({ words, ends: textEnds }: WordsOfTexts, wordCount: number): WordPlaces {
  const starts = new Uint32Array(wordCount + 1);
  // All reads are inside their arrays.
  for (let i = 0; i < words.length; i++) {
    const next = (words[i] as number) + 1;
    starts[next] = (starts[next] as number) + 1;
  }
  for (let w = 0; w < wordCount; w++)
    starts[w + 1] = (starts[w + 1] as number) + (starts[w] as number);
  const ends = starts.slice(0, wordCount);
  const texts = new Uint32Array(words.length);
  const counts = new Uint32Array(words.length);
  let i = 0;
  for (let text = 0; text < textEnds.length; text++) {
    for (const end = textEnds[text] as number; i < end; i++) {
      const word = words[i] as number;
      const at = ends[word] as number;
      if (at > (starts[word] as number) && texts[at - 1] === text) {
        counts[at - 1] = (counts[at - 1] as number) + 1;
        continue;
      }
      texts[at] = text;
      counts[at] = 1;
      ends[word] = at + 1;
    }
  }
  return { starts, ends, texts, counts };
}
