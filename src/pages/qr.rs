//! QR codes as one SVG path of horizontal runs: crisp at any size, and a third of the bytes of a square for each module.

use std::fmt::Write;

use qrcode::{EcLevel, QrCode};

use crate::error::{Error, Result};

/// Light modules around the symbol, as the standard asks.
const QUIET: usize = 4;

/// A drawn symbol.
#[derive(Debug, Clone)]
pub struct Symbol {
    /// Modules on a side, quiet zone included: the SVG's view box.
    pub side: usize,
    /// The dark modules.
    pub path: String,
}

/// Draws a text at error correction level M.
pub fn draw(text: &str) -> Result<Symbol> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).map_err(|error| Error::Internal(error.to_string()))?;
    let width = code.width();
    let colors = code.to_colors();
    let mut path = String::with_capacity(8 * 1024);
    for (y, row) in colors.chunks(width).enumerate() {
        let mut x = 0;
        while x < width {
            let dark = row[x..].iter().take_while(|module| **module == qrcode::Color::Dark).count();
            if dark > 0 {
                // Writing into a string cannot fail.
                let _ = write!(path, "M{} {}h{dark}v1h-{dark}z", x + QUIET, y + QUIET);
            }
            x += dark.max(1);
        }
    }
    Ok(Symbol { side: width + 2 * QUIET, path })
}
