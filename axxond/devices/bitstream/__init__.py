"""What is read out of encoded media, pure: `bits` (a reader of bits), `h264` and `h265` (parameter
sets, avcC and hvcC records), `annexb` (start codes to lengths), `aac` (AudioSpecificConfig),
`mpeg4` (VOL headers), `jpeg` (a whole image from RFC 2435's abbreviated one)."""
