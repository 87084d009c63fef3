// A CSV file is cut into records without being understood: a line break within quotes does not end one.

/** The records of a file, the heading line first, without the lines that say nothing. */
export function records(text: string): string[] {
  const found: string[] = [];
  let from = 0;
  let quoted = false;
  const end = (at: number): void => {
    const record = text.slice(from, at).replace(/\r$/, "");
    if (/[^,;\s"]/.test(record)) found.push(record);
  };
  for (let at = text.startsWith("\ufeff") ? (from = 1) : 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === 34) quoted = !quoted;
    else if (char === 10 && !quoted) {
      end(at);
      from = at + 1;
    }
  }
  end(text.length);
  return found;
}
