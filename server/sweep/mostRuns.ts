/** Most runs of a sweep; more are taken for a typing error. */
export const mostRuns = 1000;
