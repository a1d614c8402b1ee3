/**
 * One window along one axis: places start, start + step, ... below end, all of them in the input; an average divides
 * by `count`. A table lists those of all rows, then those of all columns.
 */
@unmanaged
export class PoolRange {
  start: i32;
  end: i32;
  count: i32;
}
