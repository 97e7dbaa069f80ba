import { expect, test } from 'vitest';
import { envOf, flagOf, type Option, type Options } from './option.ts';
import { CLIENT_OPTIONS, SERVE_OPTIONS } from './options.ts';

const INTRO = `# Settings

A flag wins over the environment variable, the variable over the default. A switch is turned off by \`--no-…\`. Durations are a whole number and
a unit (\`250ms\`, \`30s\`, \`15m\`, \`24h\`, \`30d\`), sizes are bytes or \`KiB\`, \`MiB\`, \`GiB\`. A variable that begins with
\`ATTUNE_\` and is no setting is named on stderr. Bounds that are not for tuning stand in \`src/config/limits.ts\`.

This page is written from \`src/config/options.ts\`: \`npm test -- src/config -u\` writes it again.
`;

const OUTRO = `
## Elsewhere

\`ATTUNE_DATA_DIR\` names the folder in which \`npm run -s replay\` finds real data sets. \`attune models train --help\` lists what training can be told.
`;

function table(options: Options): string {
  const rows = Object.entries(options).map(([name, option]: [string, Option<unknown>]) => {
    const shown = option.show(option.default);
    const cells = [
      `\`${flagOf(name)}${option.placeholder === '' ? '' : ` ${option.placeholder}`}\``,
      `\`${envOf(name)}\``,
      shown === '' ? 'none' : `\`${shown}\``,
      option.help,
    ];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return ['| flag | variable | default | meaning |', '|---|---|---|---|', ...rows].join('\n');
}

test('docs/settings.md names every setting with its flag, variable, default and meaning', async () => {
  const page = `${INTRO}
## \`attune serve\`

${table(SERVE_OPTIONS)}

## Commands that call a service

${table(CLIENT_OPTIONS)}
${OUTRO}`;
  await expect(page).toMatchFileSnapshot('../../docs/settings.md');
});
