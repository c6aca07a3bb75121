import workerpool from 'workerpool';
import { burnUnits, byteLength, check, echo, twice } from '../handlers.ts';

workerpool.worker({ burnUnits, byteLength, check, echo, twice });
