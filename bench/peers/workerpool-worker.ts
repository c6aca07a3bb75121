import workerpool from 'workerpool';
import { burnUnits, byteLength, check, giveBack, twice } from '../handlers.ts';

workerpool.worker({ burnUnits, byteLength, check, giveBack, twice });
