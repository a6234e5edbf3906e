import type { Command } from 'commander'

/** Those but how many records, at what rate and how long, for which commands differ. */
export function withLoadOptions(command: Command): Command {
  return command
    .option('--step-seconds <n>', 'how long each of several rates lasts', '10')
    .option('--payload-file <path>', 'values are the lines of this file, at random')
    .option('--payload-delimiter <regex>', 'between values of that file', String.raw`\n`)
    .option('--payload-monotonic', 'values are 0, 1, 2 and so on')
    .option('--keys <which>', 'none, random:N, zipf:N, zipf:N:EXPONENT', 'none')
    .option('--seed <n>', 'of what is random, to have it again')
}
