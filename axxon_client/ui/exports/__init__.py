"""Taking footage out: `sheet` (what is ordered), `masks` (areas hidden in it), `queue` (the
server's jobs and the files that come here), `row` (one of them), `desk` (joins these), `printing`
(a picture on paper)."""
