/** The kit against channel systems of ad platforms that are right, and against one flaw at a time. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connect } from '../../client/attune-client.ts';
import { serveAds } from '../../client/examples/ads-channel.ts';
import { AudienceFiles } from '../../client/examples/audience-files.ts';
import { type ScratchDirectory, scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { ended, runCommand, saying, startCommand } from '../scratch-command.fixture.ts';
import { type KitReport, testChannel } from './channel-test.ts';
import { AD_FLAWS, FlawedAds } from './flawed-ads.fixture.ts';
import type { KitSettings } from './kit.ts';
import { AUDIENCE_RULES } from './kit-audience-rules.ts';
import { KitServer } from './kit-server.ts';

const LOCAL = { host: '127.0.0.1', port: 0 };
const SETTINGS: KitSettings = { channel: 'ads', identifiers: [], waitMs: 400, audience: 'kit' };

async function tested(flaw?: (typeof AD_FLAWS)[number]): Promise<KitReport> {
  const server = await KitServer.start(LOCAL);
  const ads = new FlawedAds(server.address, flaw);
  try {
    return await testChannel(server, { ...SETTINGS, members: ads.members }, 5_000);
  } finally {
    ads.close();
    server.close();
  }
}

function told(report: KitReport): string[] {
  return report.rules.flatMap((rule) =>
    rule.outcome === 'right' ? [] : [`${rule.id} ${rule.outcome}: ${rule.found}`],
  );
}

describe('the kit for the channel ads', () => {
  test('finds nothing in a channel system without a flaw', async () => {
    const report = await tested();
    expect(told(report)).toEqual([]);
    // A Hello and the contract are asked of every channel.
    expect(report).toMatchObject({ client: 'flawed-ads', right: AUDIENCE_RULES.length + 2 });
  });

  test('has a flaw for each of its rules', () => {
    expect(AUDIENCE_RULES.map(({ id }) => id).toSorted()).toEqual([...AD_FLAWS].toSorted());
  });

  test.concurrent.each(AD_FLAWS)('finds one that breaks "%s"', { timeout: 60_000 }, async (flaw) => {
    const report = await tested(flaw);
    expect(report.rules.find(({ id }) => id === flaw)?.outcome, told(report).join('\n')).toBe('wrong');
  });

  test('says of each customer who is wrongly in the audience, or out of it, why they should not be', async () => {
    expect(told(await tested('highest-version'))).toEqual([
      'highest-version wrong: who entered with a version above that of the leaving is not in it; who left with a version above that of the entry is in it',
    ]);
  });

  test('without a command that prints the members does not guess who is in it', async () => {
    const server = await KitServer.start(LOCAL);
    const ads = new FlawedAds(server.address);
    const report = await testChannel(server, SETTINGS, 5_000).finally(() => {
      ads.close();
      server.close();
    });
    expect(told(report)).toEqual(['highest-version untested: no --members prints who is in the audience']);
  });
});

describe('the ads channel of the examples', () => {
  let scratch: ScratchDirectory;

  beforeEach(() => {
    scratch = scratchDirectory();
  });

  afterEach(() => {
    scratch.remove();
  });

  test('breaks no rule, and lists before it is told', async () => {
    const server = await KitServer.start(LOCAL);
    const client = connect(server.address);
    const ads = serveAds(client, { directory: scratch.path, audiences: ['kit'] });
    await ads.listed;
    const members = async (): Promise<string> =>
      [...new AudienceFiles(scratch.path).members('kit', Date.now()).values()]
        .flatMap(({ keys }) => keys)
        .join('\n');
    try {
      // It writes a file for each change.
      const settings = { ...SETTINGS, members, waitMs: 2_000 };
      expect(told(await testChannel(server, settings, 5_000))).toEqual([]);
    } finally {
      ads.close();
      client.close();
      server.close();
    }
  });

  test('prints who is in an audience for --members of attune channel test, whose exit code says that all was right', async () => {
    const example = 'src/client/examples/ads-channel.ts';
    const kit = startCommand([
      ...['channel', 'test', '--channel', 'ads', '--audience', 'near', '--listen', '127.0.0.1:0'],
      ...[
        '--wait',
        '400ms',
        '--members',
        `${process.execPath} ${example} --dir ${scratch.path} --print near`,
      ],
    ]);
    const end = ended(kit);
    const [, address = ''] = await saying(kit, /waiting at (\S+) for/);
    const client = connect(address);
    const ads = serveAds(client, { directory: scratch.path, audiences: [] });
    const { code, stdout } = await end;
    ads.close();
    client.close();
    expect(stdout).toMatch(/^right +highest-version +Whatever came when/m);
    expect(stdout).toMatch(/\nads-example \(ads\): 12 right, 0 wrong, 0 not to be seen\n$/);
    expect(code).toBe(0);
  });

  test('a command that fails is told, and --members of another channel is refused', async () => {
    const kit = startCommand([
      ...['channel', 'test', '--channel', 'ads', '--listen', '127.0.0.1:0'],
      ...['--wait', '400ms', '--members', join(scratch.path, 'nothing-there')],
    ]);
    const end = ended(kit);
    const [, address = ''] = await saying(kit, /waiting at (\S+) for/);
    const ads = new FlawedAds(address);
    const { code, stderr } = await end;
    ads.close();
    expect([code, stderr]).toEqual([
      69,
      expect.stringMatching(/--members: ".*nothing-there" failed: .*not found/),
    ]);
    const other = await runCommand(['channel', 'test', '--channel', 'sms', '--members', 'true']);
    expect(other.code).toBe(2);
    expect(other.stderr).toContain('--members is for --channel ads, and this is "sms"');
  });
});
