import { assumptions } from './assumptions.ts'
import type { Compared } from './comparison.ts'
import type { CostQuestion } from './cost-options.ts'

/** One object, for programs. Keys are added, never renamed. Rates are bytes a second. */
export function costJson(
  series: readonly (readonly Compared[])[],
  { demand, prices }: CostQuestion,
): string {
  const all = series.flat()
  const figures = {
    demand,
    currency: prices.currency,
    plans: all.map(planFigures),
    assumes: assumptions(
      all.map(({ plan }) => plan),
      demand,
      prices,
    ),
  }
  return `${JSON.stringify(figures)}\n`
}

/** What is not known has no key. */
function planFigures({ plan, machinesToFirst, moneyToFirst }: Compared): object {
  const { contestant, machine, addedDrives, ...rest } = plan
  return {
    ...contestant,
    // over the name alone: the item, with its source
    machine: machine && {
      ...{ name: machine.name, about: machine.about, date: machine.date, source: machine.source },
    },
    ...{ ...rest, machinesToFirst, moneyToFirst },
    addedDrives: addedDrives && {
      ...{ name: addedDrives.drive.name, count: addedDrives.count },
      ...{ unitBytes: addedDrives.drive.unitBytes, source: addedDrives.drive.source },
    },
  }
}
