import { readSettings } from '../node/command/command-line.ts';
import { quietObserver } from '../node/quiet-observer.ts';
import { type Advice, adviceLine, concern, fine } from './advice.ts';
import { adviseCluster } from './doctor-cluster.ts';
import { adviseDirectory } from './doctor-directory.ts';
import { DOCTOR_OPTIONS } from './doctor-options.ts';

/** `attune doctor`: a line for each thing that was looked at, with what to do. Exit code 1 where something is bad. */
export async function doctor(flags: Readonly<Record<string, unknown>>): Promise<number> {
  const settings = readSettings(DOCTOR_OPTIONS, flags);
  const told: Advice[] = [];
  const observer = {
    ...quietObserver,
    info: (sentence: string) => void told.push(concern('files', sentence)),
  };
  const found = [fine(`node.js ${process.versions.node}`)];
  if (settings.store === 'cluster') {
    // How many shards it has is seen in its streams.
    const whole = {
      ...settings,
      shards: 0,
      acceptLoss: false,
      redisAccept: '',
      natsAccept: '',
      shardLogBytes: 0,
    };
    found.push(...(await adviseCluster(whole, observer, Date.now)));
  } else found.push(...(await adviseDirectory(settings.dir, Date.now())));
  const all = [...found, ...told];
  const isBad = all.some(({ level }) => level === 'bad');
  process.stdout.write(
    flags['json'] === true
      ? `${JSON.stringify({ isWell: !isBad, advice: all })}\n`
      : `${all.map(adviceLine).join('\n')}\n`,
  );
  return isBad ? 1 : 0;
}
