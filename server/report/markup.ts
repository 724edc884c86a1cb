const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

export const escaped = (text: string): string =>
  text.replaceAll(/[&<>"]/g, (character) => entities[character] ?? "");

interface Page {
  readonly title: string;
  /** What it may load and run besides its own style; without any it has no scripts. */
  readonly policy: readonly string[];
  readonly style: string;
  readonly body: string;
}

/** A page in one file, which loads nothing from elsewhere. */
export const htmlPage = ({ title, policy, style, body }: Page): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="${["default-src 'none'", "style-src 'unsafe-inline'", ...policy].join("; ")}">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
${body}
</body>
</html>
`;
