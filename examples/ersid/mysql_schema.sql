CREATE DATABASE ersid;

USE ersid;

CREATE TABLE ersid_data (
   ersid_key VARCHAR(255) PRIMARY KEY,
   ersid_value LONGTEXT
) CHARACTER SET binary;
