//! What needs a screen: golden pictures and scripted visits, all of them folders of data.

mod golden;
mod laid_out;
mod partial;
mod screen;
mod visits;
mod walk;
