import type { Plan } from './plan.ts'

/** A plan beside the first one of its series. */
export interface Compared {
  readonly plan: Plan
  /** How many times as many machines. */
  readonly machinesToFirst: number
  /** How many times as much: to buy if both have that, else a month; undefined for neither. */
  readonly moneyToFirst: number | undefined
}

/** Series by series, in the order in which they first appear. */
export function compare(plans: readonly Plan[]): readonly (readonly Compared[])[] {
  const series = new Map<string, Plan[]>()
  for (const plan of plans) {
    const { series: name } = plan.contestant
    const known = series.get(name)
    if (known === undefined) series.set(name, [plan])
    else known.push(plan)
  }
  return [...series.values()].map((all) =>
    all.map((plan): Compared => {
      const [first = plan] = all
      const machinesToFirst = plan.machines / first.machines
      const moneyToFirst = ratio(plan.bought, first.bought) ?? ratio(plan.perMonth, first.perMonth)
      return { plan, machinesToFirst, moneyToFirst }
    }),
  )
}

function ratio(amount: number | undefined, first: number | undefined): number | undefined {
  return amount === undefined || first === undefined || first === 0 ? undefined : amount / first
}
