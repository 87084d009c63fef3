//! What the program does, told as its users would tell it. One program for all stories: they share their people, and one link.

mod support;

mod access;
mod camp;
mod capacity;
mod carry;
mod centre;
mod centre_alone;
mod citizen;
mod closing;
mod counter;
mod desk_vectors;
mod desks;
mod desks_model;
mod district;
mod dose;
mod field;
mod gate;
mod gates_model;
mod hall;
mod help_desk;
mod lanes;
mod late;
mod messages;
mod moved_gates;
mod officer;
mod paper;
mod portal;
mod practice;
mod set_up;
mod tls;
mod tongue;
mod upload;
mod vectors;
mod waiting;
mod watch;
