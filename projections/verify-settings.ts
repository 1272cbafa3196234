export interface VerifySettings {
  /** Rows and states in memory at once; a log that needs more is read several times, a share of the rows each time. */
  readonly budget: number;
  /** Differences that are told one by one; more are counted. */
  readonly told: number;
  /** Called with how many records were read. */
  readonly onRecords: (count: number) => void;
  /** Users and bookings that are remembered, in 18 to 36 bytes each. Where rows differ and there are more, see `budget`. */
  readonly keys: number;
}

export const VERIFY_SETTINGS: VerifySettings = {
  ...{ budget: 150_000, told: 1_000, keys: 2_500_000 },
  onRecords: () => undefined,
};
