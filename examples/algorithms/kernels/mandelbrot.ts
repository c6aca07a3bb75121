/** The Mandelbrot set, a byte a point: how soon it leaves. Rows cost more the more of the set is in them. */
import { argument, fail, parallelFor, setResultBytes } from 'tallyio/assembly';

const ROUNDS: i32 = 1000;
const LEFT: f64 = -2.2;
const WIDTH: f64 = 3.2;
/** Rows a point: the picture is three quarters as high as it is wide. */
const RATIO: f64 = 0.75;

function pointAt(re: f64, im: f64): i32 {
  let x: f64 = 0;
  let y: f64 = 0;
  for (let round = 0; round < ROUNDS; ++round) {
    const squareX = x * x;
    const squareY = y * y;
    if (squareX + squareY > 4) return round;
    y = 2 * x * y + im;
    x = squareX - squareY + re;
  }
  return ROUNDS;
}

// Brighter, the longer it stayed; black inside.
function shadeOf(rounds: i32): i32 {
  return rounds == ROUNDS ? 0 : min(255, 20 + ((Math.log((rounds + 1) as f64) * 40) as i32));
}

function drawRows(begin: i32, end: i32, points: usize): void {
  const columns = load<i32>(points - 4);
  const step = WIDTH / (columns as f64);
  const top = (-WIDTH * RATIO) / 2;
  for (let row = begin; row < end; ++row) {
    for (let column = 0; column < columns; ++column) {
      const rounds = pointAt(LEFT + (column as f64) * step, top + (row as f64) * step);
      store<u8>(points + ((row * columns + column) as usize), shadeOf(rounds));
    }
  }
}

// Width as an i32, then the points. @returns where the points are, 0 when there is no room
function makePicture(task: usize): usize {
  const columns = argument(task) as i32;
  const picture = setResultBytes(task, 4 + columns * heightOf(columns));
  if (picture == 0) {
    fail(task, 1);
    return 0;
  }
  store<i32>(picture, columns);
  return picture + 4;
}

function heightOf(columns: i32): i32 {
  return ((columns as f64) * RATIO) as i32;
}

/** @param task the width */
export function mandelbrot(task: usize): void {
  const points = makePicture(task);
  if (points != 0) parallelFor(0, heightOf(argument(task) as i32), 4, drawRows, points);
}

export function mandelbrotSerial(task: usize): void {
  const points = makePicture(task);
  if (points != 0) drawRows(0, heightOf(argument(task) as i32), points);
}
