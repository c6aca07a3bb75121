import workerpool from 'workerpool';
import { burnUnits, byteLength, check, twice } from '../handlers.ts';

workerpool.worker({ burnUnits, byteLength, check, twice });
